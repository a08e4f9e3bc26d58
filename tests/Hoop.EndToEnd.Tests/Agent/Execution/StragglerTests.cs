using Hoop.Cli.Agent.Execution;
using Hoop.Spiffe.Contracts.AgentChannel;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent.Execution;

/// <summary>A streamed command that has ended, while something that it left behind writes on into its output.</summary>
public sealed class StragglerTests
{
    [TestCase("sleep 0.1", Description = "F2: a little, again and again")]
    [TestCase(":", Description = "F2: as fast as it is read")]
    public async Task Whoever_holds_the_output_open_and_writes_on_does_not_keep_the_command_from_ending(string between)
    {
        var flag = Path.Join(Path.GetTempPath(), $"hoop-straggler-{Guid.NewGuid():N}");
        var request = CommandFixture.Shell(
            $"setsid sh -c 'touch {flag}; while [ -e {flag} ]; do echo x; {between}; done' & "
            + $"until [ -e {flag} ]; do sleep 0.05; done; echo mine; exit 3") with
        { Stream = new StreamTerms(Terminal: null) };
        try
        {
            var (result, _) = await Run(request);

            Assert.That((result.Status, result.ExitCode), Is.EqualTo((ExecutionStatus.Failed, (int?)3)));
        }
        finally
        {
            File.Delete(flag);
        }
    }

    [Test]
    [Description("F1: what the command itself wrote before its end comes whole")]
    public async Task What_is_in_the_pipe_at_the_end_is_sent()
    {
        var request = CommandFixture.Shell("head -c 60000 /dev/zero") with { Stream = new StreamTerms(Terminal: null) };

        var (result, sent) = await Run(request);

        Assert.That((result.Status, result.StreamedBytes, sent), Is.EqualTo((ExecutionStatus.Success, 60_000L, 60_000L)));
    }

    private static async Task<(ExecutionResult Result, long Sent)> Run(ExecutionRequest request)
    {
        StreamedCommand? command = null;
        var sent = 0L;
        command = new StreamedCommand(
            (_, bytes) =>
            {
                sent += bytes.Length;
                command!.Taken(bytes.Length);
                return Task.CompletedTask;
            },
            _ => Task.CompletedTask);
        using var streamed = command;
        using var stop = new CancellationTokenSource();
        try
        {
            var running = CommandFixture.Runner().Run(request, stop.Token, streamed);
            return (await Eventually.Ends(running, "the command does not end"), sent);
        }
        finally
        {
            await stop.CancelAsync();
        }
    }
}
