using Hoop.Spiffe.Channels;
using Hoop.Spiffe.Contracts.AgentChannel;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Channels;

/// <summary>Cancelled commands whose end an agent never confirms: each is a call that is open, and holds what was sent with it.</summary>
[Description("F5: commands that stay")]
public sealed class UnconfirmedCallsTests : GatewayFixture
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly FakeClock _clock = new();

    [Test]
    public async Task A_call_that_is_not_answered_is_given_up_when_its_time_is_over_and_not_before()
    {
        var calls = new UnconfirmedCalls(_clock);
        var (call, giveUp) = Open();
        var kept = calls.Keep(call, giveUp, Patience);

        _clock.Advance(Patience - TimeSpan.FromSeconds(1));
        Assert.That((call.IsCompleted, calls.Count), Is.EqualTo((false, 1)));
        _clock.Advance(TimeSpan.FromSeconds(1));

        await Eventually.Ends(kept, "it is kept");
        Assert.That((call.IsCanceled, calls.Count), Is.EqualTo((true, 0)));
    }

    [Test]
    public async Task One_more_than_there_may_be_gives_the_oldest_up_and_no_other()
    {
        var calls = new UnconfirmedCalls(_clock);
        var open = Enumerable.Range(0, UnconfirmedCalls.Most + 1).Select(_ => Open()).ToArray();

        var kept = open.Select(one => calls.Keep(one.Call, one.GiveUp, Patience)).ToArray();

        await Eventually.Ends(kept[0], "the oldest is kept");
        Assert.That(open[0].Call.IsCanceled, Is.True);
        Assert.That(calls.Count, Is.EqualTo(UnconfirmedCalls.Most));
        Assert.That(open.Skip(1).Any(one => one.Call.IsCompleted), Is.False);
        _clock.Advance(Patience);
        await Eventually.Ends(Task.WhenAll(kept), "the others are kept");
    }

    [TestCase(true, Description = "a late answer")]
    [TestCase(false, Description = "a channel that broke")]
    public async Task A_call_that_ends_by_itself_is_kept_no_longer(bool answered)
    {
        var calls = new UnconfirmedCalls(_clock);
        using var giveUp = new CancellationTokenSource();
        var call = new TaskCompletionSource();
        var kept = calls.Keep(call.Task, giveUp, Patience);

        if (answered)
        {
            call.SetResult();
        }
        else
        {
            call.SetException(new IOException("gone"));
        }

        await Eventually.Ends(kept, "it is kept");
        Assert.That(calls.Count, Is.Zero);
    }

    [Test]
    public async Task A_command_that_was_given_up_holds_nothing_and_its_late_answer_does_not_end_the_channel()
    {
        var created = await Admin.Post("/api/agents", new { name = Fresh("worker") });
        var ends = new TaskCompletionSource<ExecutionResult>();
        await using var agent = await PlayedAgent.Connect(
            Gateway, TestAgent.Secret(created.Text("token")!), request => request.Script == "first" ? ends.Task
                : Task.FromResult(new ExecutionResult(request.Id, ExecutionStatus.Success, 0, "next", Truncated: false)));
        var channel = Gateway.Services.GetRequiredService<AgentChannels>().All.Single(
            one => one.Agent.AgentId == Guid.Parse(created.Text("id")!));
        using var giveUp = new CancellationTokenSource();

        var running = channel.Execute(Order("first"), giveUp.Token);
        var asked = await agent.Asked.Task;
        Assert.That(channel.InFlight, Is.EqualTo(1));
        await giveUp.CancelAsync();

        await Eventually.Ends(running.ContinueWith(task => task.Exception, TaskScheduler.Default), "it is waited for");
        Assert.That((running.IsCompletedSuccessfully, channel.InFlight), Is.EqualTo((false, 0)));
        ends.SetResult(new ExecutionResult(asked.Id, ExecutionStatus.Cancelled, 143, "late", Truncated: false));
        await agent.Heartbeat();
        Assert.That((await channel.Execute(Order("second"), CancellationToken.None)).Output, Is.EqualTo("next"));
        Assert.That(agent.Closing.Task.IsCompleted, Is.False);
    }

    private static ExecutionRequest Order(string script) =>
        new(Guid.NewGuid(), ["x"], new Dictionary<string, string>(), script, TimeoutSeconds: 60, OutputLimitBytes: 1024);

    private static (Task Call, CancellationTokenSource GiveUp) Open()
    {
        var giveUp = new CancellationTokenSource();
        return (Task.Delay(Timeout.Infinite, giveUp.Token), giveUp);
    }
}
