using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>
/// What all gateways of one database must have in common, as fingerprints in the database: nobody replaces it by starting with another
/// one unnoticed, and what was replaced is known for good.
/// </summary>
public sealed class Agreements(NpgsqlDataSource source, ILogger<Agreements> logger)
{
    [CrossOrg("What gateways agree on has no organization.")]
    private const string ListSql = "SELECT fingerprint, replaced_at FROM hoop.agreements WHERE kind = @Kind";

    /// <summary>Begins to agree on one kind; until it is disposed every other gateway that starts waits.</summary>
    /// <param name="kind"><c>sealing_key</c> or <c>operator_token</c>.</param>
    /// <exception cref="MigrationException">Another session holds the lock for too long.</exception>
    public async Task<Agreement> Begin(string kind, CancellationToken cancellationToken)
    {
        var start = await StartLock.Take(source, logger, cancellationToken);
        try
        {
            return new Agreement(start, kind, await start.List<Agreement.Row>(ListSql, new { Kind = kind }, cancellationToken));
        }
        catch
        {
            await start.DisposeAsync();
            throw;
        }
    }
}

/// <summary>One kind of agreement, held under the lock.</summary>
public sealed class Agreement : IAsyncDisposable
{
    /// <summary>Stands for «the next gateway decides».</summary>
    private const string Open = "*";

    [CrossOrg("What gateways agree on has no organization.")]
    private const string ReplaceSql = """
        UPDATE hoop.agreements
        SET replaced_at = now()
        WHERE kind = @Kind AND fingerprint <> @Fingerprint AND replaced_at IS NULL
        """;

    [CrossOrg("What gateways agree on has no organization.")]
    private const string AgreeSql = """
        INSERT INTO hoop.agreements (kind, fingerprint)
        VALUES (@Kind, @Fingerprint)
        ON CONFLICT (kind, fingerprint) DO UPDATE SET agreed_at = now(), replaced_at = NULL
        WHERE hoop.agreements.replaced_at IS NOT NULL
        """;

    private readonly StartLock _start;
    private readonly string _kind;
    private readonly IReadOnlyList<Row> _rows;

    internal Agreement(StartLock start, string kind, IReadOnlyList<Row> rows) => (_start, _kind, _rows) = (start, kind, rows);

    /// <summary>What was agreed; null when nothing was, or it is to be forgotten.</summary>
    public string? Current =>
        _rows.FirstOrDefault(row => row.ReplacedAt is null)?.Fingerprint is { } current && current != Open ? current : null;

    /// <summary>True after <see cref="Forget"/>: the next gateway decides, whatever the database holds.</summary>
    public bool IsOpen => _rows.Any(row => row.ReplacedAt is null && row.Fingerprint == Open);

    /// <summary>When something else took its place; null when nothing has.</summary>
    public DateTime? ReplacedAt(string fingerprint) => _rows.FirstOrDefault(row => row.Fingerprint == fingerprint)?.ReplacedAt;

    /// <summary>Makes it the current one, and commits.</summary>
    public async Task Agree(string fingerprint, CancellationToken cancellationToken)
    {
        await _start.Execute(ReplaceSql, new { Kind = _kind, Fingerprint = fingerprint }, cancellationToken);
        await _start.Execute(AgreeSql, new { Kind = _kind, Fingerprint = fingerprint }, cancellationToken);
        await _start.Commit(cancellationToken);
    }

    /// <summary>Lets the next gateway decide, and commits.</summary>
    public Task Forget(CancellationToken cancellationToken) => Agree(Open, cancellationToken);

    public ValueTask DisposeAsync() => _start.DisposeAsync();

    internal sealed record Row(string Fingerprint, DateTime? ReplacedAt);
}
