#pragma warning disable CA1034, CA1822, CA1802, CA1819 // The shapes are the point.
using MediatR;

namespace Hoop.Architecture.Tests.Contracts.MadeUp;

/// <summary>Good contracts, for comparison.</summary>
public sealed record FindOrder(Guid Id) : IRequest<Order?>;

public sealed record Order(Guid Id, IReadOnlyList<OrderLine> Lines);

public sealed record OrderLine(string Name, OrderState? State);

public enum OrderState
{
    Open,
}

public sealed record OrderPlaced(Guid Id) : INotification;

/// <summary>What follows breaks one rule each.</summary>
public interface IOrderRules
{
    bool IsAllowed(Guid id);
}

public static class OrderLimits
{
    public const int Least = 1;

    public static readonly int Most = 10;
}

public record GetOpenOrder(Guid Id) : IRequest<bool>;

public sealed record GetOrderTotal(int First, int Second) : IRequest<int>
{
    public int Sum() => First + Second;
}

public sealed class OrderBook;

public sealed record Forgotten(Guid Id);

internal sealed record HiddenOrder(Guid Id) : IRequest<bool>;

internal sealed record PlainToken(string Name, string AccessToken);

internal sealed record PlainScript(Guid Id)
{
    public string Script { get; init; } = "";
}

internal sealed record HalfHidden(string Name, string? Password)
{
    public override string ToString() => $"{Name}:{Password}";
}

internal sealed record HiddenToken(string Name, string Token, byte[] Key, DateTimeOffset At, IReadOnlyList<string> Groups)
{
    public override string ToString() => Name;
}
