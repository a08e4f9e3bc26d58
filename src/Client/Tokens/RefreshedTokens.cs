namespace Hoop.Client.Tokens;

/// <summary>
/// Keeps a token and gets the next one before it ends. Many calls at once ask for one new token, not for many; while the source fails,
/// the old token is used as long as it is good.
/// </summary>
/// <param name="next">Gets a new token.</param>
/// <param name="clock">Of the machine, or of a test.</param>
public sealed class RefreshedTokens(Func<CancellationToken, Task<HoopToken>> next, TimeProvider? clock = null) : IHoopTokens, IDisposable
{
    /// <summary>How long before its end a token is replaced; of a short-lived one, a quarter of its life.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile Kept? _kept;

    public ValueTask<string> Token(CancellationToken cancellationToken) =>
        _kept is { } kept && _clock.GetUtcNow() < kept.RefreshAt ? ValueTask.FromResult(kept.Token.Value) : Next(cancellationToken);

    public void Dispose() => _one.Dispose();

    private async ValueTask<string> Next(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_kept is { } since && _clock.GetUtcNow() < since.RefreshAt)
            {
                return since.Token.Value;
            }

            try
            {
                var token = await next(cancellationToken);
                _kept = new Kept(token, RefreshOf(token));
                return token.Value;
            }
            catch (HoopException) when (_kept is { Token: { ExpiresAt: { } end } old } && _clock.GetUtcNow() < end)
            {
                return old.Value;
            }
        }
        finally
        {
            _one.Release();
        }
    }

    private DateTimeOffset RefreshOf(HoopToken token)
    {
        if (token.ExpiresAt is not { } end)
        {
            return DateTimeOffset.MaxValue;
        }

        var life = end - _clock.GetUtcNow();
        return end - (life / 4 < Early ? life / 4 : Early);
    }

    private sealed record Kept(HoopToken Token, DateTimeOffset RefreshAt);
}
