using Hoop.Shared.Data;

namespace Hoop.Shared.Sealing;

/// <summary>Moves every value of another key under the one that seals, in small transactions, beside running gateways.</summary>
internal sealed class Resealing(Db db, SealingKeys keys, IEnumerable<SealedColumn> columns)
{
    private const int Batch = 100;

    /// <summary>One pass over all columns. Values that do not open are left as they are, and named.</summary>
    /// <param name="each">After each committed batch; for who wants to stop there.</param>
    public async Task<Pass> Run(CancellationToken cancellationToken, Func<Task>? each = null)
    {
        var (moved, unreadable) = (0, new List<UnreadableValue>());
        foreach (var column in columns)
        {
            for (var after = Guid.Empty; ;)
            {
                await using var transaction = await db.Begin(cancellationToken);
                var rows = await List(column, keys.SealsWith, after, cancellationToken);
                if (rows.Count == 0)
                {
                    break;
                }

                foreach (var row in rows)
                {
                    moved += await Move(column, row, unreadable, cancellationToken);
                }

                await transaction.Commit(cancellationToken);
                after = rows[^1].Id;
                await (each?.Invoke() ?? Task.CompletedTask);
            }
        }

        return new Pass(moved, unreadable);
    }

    /// <summary>Opens every value, and moves none.</summary>
    public async Task<(int Readable, IReadOnlyList<UnreadableValue> Unreadable)> Check(CancellationToken cancellationToken)
    {
        var (readable, unreadable) = (0, new List<UnreadableValue>());
        foreach (var column in columns)
        {
            for (var after = Guid.Empty; ;)
            {
                // No key has an empty id, so this lists all of them.
                var rows = await List(column, "", after, cancellationToken);
                if (rows.Count == 0)
                {
                    break;
                }

                foreach (var row in rows)
                {
                    if (keys.Open(PlaceOf(column, row), new SealedValue(row.KeyId, row.Bytes)).Error is { } error)
                    {
                        unreadable.Add(Name(column, row, error.Code));
                    }
                    else
                    {
                        readable++;
                    }
                }

                after = rows[^1].Id;
            }
        }

        return (readable, unreadable);
    }

    private async Task<int> Move(
        SealedColumn column, Row row, List<UnreadableValue> unreadable, CancellationToken cancellationToken)
    {
        var value = new SealedValue(row.KeyId, row.Bytes);
        if (keys.Reseal(PlaceOf(column, row), value) is { } again)
        {
            return await db.Of(row.OrgId).Execute(
                column.SetSql, new { row.Id, again.KeyId, again.Bytes, WasKeyId = row.KeyId }, cancellationToken);
        }

        unreadable.Add(Name(column, row, keys.Open(PlaceOf(column, row), value).Error?.Code ?? ""));
        return 0;
    }

    private Task<IReadOnlyList<Row>> List(SealedColumn column, string sealsWith, Guid after, CancellationToken cancellationToken) =>
        db.AcrossOrgs.List<Row>(column.ListSql, new { SealsWith = sealsWith, After = after, Batch }, cancellationToken);

    private static SealPlace PlaceOf(SealedColumn column, Row row) => new(column.Purpose, row.OrgId, row.Id);

    private static UnreadableValue Name(SealedColumn column, Row row, string code) =>
        new(column.Purpose, row.OrgId, row.Id, row.KeyId, code);

    /// <summary>What one pass did.</summary>
    internal sealed record Pass(int Moved, IReadOnlyList<UnreadableValue> Unreadable);

    private sealed record Row(Guid Id, Guid OrgId, string KeyId, byte[] Bytes);
}

/// <summary>A stored value that no key of this gateway opens in its place.</summary>
/// <param name="Id">Of the row, as <see cref="SealPlace"/> names it.</param>
/// <param name="Code"><c>sealing_key_missing</c>, or <c>sealed_value_rejected</c>: altered, or of another row.</param>
public sealed record UnreadableValue(SealPurpose Purpose, Guid OrgId, Guid Id, string KeyId, string Code)
{
    public override string ToString() => $"purpose {Purpose.Number}, organization {OrgId}, row {Id}, key {KeyId}: {Code}";
}
