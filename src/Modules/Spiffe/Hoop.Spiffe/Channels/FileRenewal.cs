using Hoop.Spiffe.Contracts;
using Hoop.Spiffe.Contracts.AgentChannel;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.Channels;

/// <summary>Brings a running command's files their new contents, until it ends.</summary>
internal sealed class FileRenewal(TimeProvider clock, ILogger<FileRenewal> logger)
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);

    /// <summary>Ends when no more come or the command is over; never fails, for the command can go on without.</summary>
    public async Task Run(AgentChannel channel, Guid id, IAgentFiles? files, CancellationToken cancellationToken)
    {
        if (files is null || channel.Facts?.Features?.Contains(AgentFeatures.Renewal) != true)
        {
            return;
        }

        try
        {
            while (await files.Next(cancellationToken) is { } contents)
            {
                foreach (var (name, content) in contents)
                {
                    await Bring(channel, id, name, content, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The command is over.
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "The files of command {Command} get no new contents any more", id);
        }
    }

    private async Task Bring(AgentChannel channel, Guid id, string name, string content, CancellationToken cancellationToken)
    {
        // An agent that does not answer must not make the gateway keep what was sent.
        using var late = new CancellationTokenSource(AnswerWithin, clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            if (await channel.Client.RenewFile(id, name, content, over.Token).WaitAsync(over.Token))
            {
                logger.LogInformation("Command {Command} on channel {Channel} has a new {File}", id, channel.Id, name);
                return;
            }

            logger.LogInformation("The agent of channel {Channel} has no file {File} for command {Command}", channel.Id, name, id);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Its exception may quote what was sent; that the channel breaks shows elsewhere.
            logger.LogWarning(
                "Command {Command} on channel {Channel} did not get its new {File}: {Kind}", id, channel.Id, name, exception.GetType().Name);
        }
    }
}
