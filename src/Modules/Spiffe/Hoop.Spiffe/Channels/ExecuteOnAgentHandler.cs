using Hoop.Spiffe.Contracts;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// Asks each way to the agent's replicas in turn, the nearest first. Work is given once: what was started is never started again
/// elsewhere.
/// </summary>
internal sealed class ExecuteOnAgentHandler(IEnumerable<IAgentReplicas> ways) : IRequestHandler<ExecuteOnAgent, AgentExecution>
{
    public async Task<AgentExecution> Handle(ExecuteOnAgent request, CancellationToken cancellationToken)
    {
        foreach (var way in ways)
        {
            if (await way.Run(request, cancellationToken) is { } execution)
            {
                return execution;
            }
        }

        return new AgentExecution(
            AgentExecutionOutcome.NotConnected, ExitCode: null, $"agent stream not found for {request.AgentId}", Truncated: false);
    }
}
