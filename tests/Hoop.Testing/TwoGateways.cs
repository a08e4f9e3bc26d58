using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Testing;

/// <summary>
/// Two gateways with data folders of their own on one database, as behind a load balancer: they share what is in the database and
/// nothing else.
/// <code>
/// await using var gateways = await TwoGateways.Start();
/// await gateways.First.Operator.Post("/api/agents", new { name = "web" });
/// await gateways.Second.Operator.Get("/api/agents/web");
/// </code>
/// </summary>
public sealed class TwoGateways : IAsyncDisposable
{
    private TwoGateways(TestGateway first, TestGateway second) => (First, Second) = (first, second);

    public TestGateway First { get; }

    public TestGateway Second { get; }

    /// <param name="settings">Of both.</param>
    /// <param name="services">Of both; each gets instances of its own unless the action shares them.</param>
    public static async Task<TwoGateways> Start(Dictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null)
    {
        var first = await TestGateway.Start(settings, services);
        try
        {
            return new TwoGateways(first, await TestGateway.Start(settings, services, first.Connection));
        }
        catch
        {
            await first.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Second.DisposeAsync();
        await First.DisposeAsync();
    }
}
