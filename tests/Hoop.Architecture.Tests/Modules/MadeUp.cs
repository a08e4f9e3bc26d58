#pragma warning disable CA1034, CA1822, CA1852 // The shapes are the point.
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Architecture.Tests.Modules.MadeUp;

/// <summary>A module that breaks the rules about what it shows.</summary>
public static class OrdersModule
{
    public static IServiceCollection AddOrders(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return services;
    }

    public static void Reset()
    {
    }

    internal static void Hidden()
    {
    }
}

public sealed class Leak
{
    public sealed class Inner;
}

internal class Open;

internal sealed class Closed;
