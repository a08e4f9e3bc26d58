using System.Diagnostics;
using System.Net;
using Hoop.Shared.Callers;
using Hoop.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace Hoop.Host.Tests.Authentication;

/// <summary>The operator is told why sign-ins are refused, and strangers do not fill the log by it.</summary>
public sealed class SignInLogTests
{
    private const string Line = "Sign-in refused:";

    [Test]
    public void A_flood_is_twenty_lines_in_ten_seconds_and_then_the_number_of_the_others()
    {
        var (clock, lines) = (new FakeClock(), new LogCapture());
        using var factory = LoggerFactory.Create(logging => logging.AddProvider(lines));
        var log = new SignInLog(clock, factory.CreateLogger<SignInLog>());

        for (var i = 0; i < 10_000; i++)
        {
            log.Refused(new DefaultHttpContext(), new Refusal("signature", $"number {i}"));
        }

        Assert.That(lines.Lines, Has.Count.EqualTo(SignInLog.LinesPerWindow));
        clock.Advance(TimeSpan.FromSeconds(10));
        log.Refused(new DefaultHttpContext(), new Refusal("signature", "later"));
        Assert.That(
            lines.Lines.Skip(SignInLog.LinesPerWindow).ToList(),
            Has.Count.EqualTo(2).And.Some.Contains($"{10_000 - SignInLog.LinesPerWindow} more sign-ins were refused")
                .And.Some.Contains("later"));
    }

    [Test]
    public async Task A_flood_of_requests_is_as_few_lines_and_every_one_is_refused()
    {
        await using var gateway = await TestGateway.Start();
        using var stranger = gateway.As("hpk_no-such-token-0123456789");
        using var forger = gateway.As("xagt-no-such-key-0123456789");
        var started = Stopwatch.GetTimestamp();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 300).Select(i => (i % 2 == 0 ? stranger : forger).Get("/api/userinfo")));

        Assert.That(answers.Select(answer => answer.Status), Has.All.EqualTo(HttpStatusCode.Unauthorized));
        var windows = 1 + (int)Math.Ceiling(Stopwatch.GetElapsedTime(started) / TimeSpan.FromSeconds(10));
        var lines = gateway.Logs.Lines.Where(line => line.Contains(Line, StringComparison.Ordinal)).ToList();
        Assert.That(lines, Is.Not.Empty.And.None.Contain("no-such"));
        Assert.That(lines, Has.Count.LessThanOrEqualTo(windows * SignInLog.LinesPerWindow));
    }
}
