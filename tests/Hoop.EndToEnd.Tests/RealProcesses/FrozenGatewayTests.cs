using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

[NonParallelizable]
internal sealed class FrozenGatewayTests
{
    private const int Stop = 19;
    private const int Continue = 18;

    [Test]
    public async Task An_agent_ends_a_channel_whose_gateway_says_nothing_and_comes_back_when_it_does()
    {
        var folder = Directory.CreateTempSubdirectory("hoop-frozen-").FullName;
        try
        {
            await using var gateway = await RunningGateway.Start(
                folder, await TestPostgres.CreateEmptyDatabase(), ("HOOP_ADMIN_TOKEN", "frozen-admin-token-0123456789"));
            await using var connected = await ConnectedAgent.Start(gateway.Operator, folder);
            var agent = connected.Process;

            await gateway.Process.Signal(Stop);
            try
            {
                await agent.Said("Server timeout");
            }
            finally
            {
                await gateway.Process.Signal(Continue);
            }

            await Eventually.True(
                () => agent.Errors.Count(line => line.Contains("as agent web", StringComparison.Ordinal)) > 1,
                () => string.Join('\n', agent.Errors),
                TimeSpan.FromSeconds(60));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
