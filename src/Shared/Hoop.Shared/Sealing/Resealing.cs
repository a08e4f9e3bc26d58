using Hoop.Shared.Data;

namespace Hoop.Shared.Sealing;

/// <summary>Key rotation: moves every value of an older key under the first one, in small transactions, beside running gateways.</summary>
internal sealed class Resealing(Db db, SealingKeys keys, IEnumerable<SealedColumn> columns)
{
    private const int Batch = 100;

    /// <summary>How many values were moved. Values that do not open are left as they are.</summary>
    public async Task<int> Run(CancellationToken cancellationToken)
    {
        var moved = 0;
        foreach (var column in columns)
        {
            moved += await Move(column, cancellationToken);
        }

        return moved;
    }

    private async Task<int> Move(SealedColumn column, CancellationToken cancellationToken)
    {
        var moved = 0;
        for (var after = Guid.Empty; ;)
        {
            await using var transaction = await db.Begin(cancellationToken);
            var rows = await db.AcrossOrgs.List<Row>(column.ListSql, new { keys.SealsWith, After = after, Batch }, cancellationToken);
            if (rows.Count == 0)
            {
                return moved;
            }

            foreach (var row in rows)
            {
                if (keys.Reseal(new SealPlace(column.Purpose, row.OrgId, row.Id), new SealedValue(row.KeyId, row.Bytes)) is { } sealedAgain)
                {
                    moved += await db.Of(row.OrgId).Execute(
                        column.SetSql, new { row.Id, sealedAgain.KeyId, sealedAgain.Bytes }, cancellationToken);
                }
            }

            await transaction.Commit(cancellationToken);
            after = rows[^1].Id;
        }
    }

    private sealed record Row(Guid Id, Guid OrgId, string KeyId, byte[] Bytes);
}
