using Hoop.Shared.Data;
using Npgsql;
using NpgsqlTypes;

namespace Hoop.Shared.Memory;

/// <summary>The statements of the protocol: rows of the lives of gateways, and notifications. Nobody's transaction is joined.</summary>
internal static class GatewayRows
{
    [CrossOrg("Gateways belong to no organization.")]
    private const string BeginSql = """
        INSERT INTO hoop.gateways (id, process_id, name, lease_ends_at)
        VALUES ($1, $2, $3, now() + $4)
        """;

    [CrossOrg("Gateways belong to no organization.")]
    private const string RenewSql = """
        UPDATE hoop.gateways
        SET lease_ends_at = now() + $2
        WHERE id = $1 AND NOT fenced AND lease_ends_at > now() AND $3 = ANY (SELECT pg_listening_channels())
        """;

    // A row whose lease ended is kept for a minute: whoever has not looked by then has lost its own lease, and with it everything.
    [CrossOrg("Gateways belong to no organization.")]
    private const string SweepSql = """
        DELETE FROM hoop.gateways
        WHERE lease_ends_at < now() - interval '1 minute'
        """;

    [CrossOrg("Gateways belong to no organization.")]
    private const string ListSql = """
        SELECT id, extract(epoch FROM lease_ends_at - now())::double precision
        FROM hoop.gateways
        WHERE process_id <> $1
        """;

    [CrossOrg("Gateways belong to no organization.")]
    private const string ExistsSql = """
        SELECT EXISTS (SELECT FROM hoop.gateways WHERE id = $1)
        """;

    [CrossOrg("Gateways belong to no organization.")]
    private const string EndSql = """
        DELETE FROM hoop.gateways
        WHERE id = $1
        """;

    [CrossOrg("Gateways belong to no organization.")]
    private const string FenceSql = """
        UPDATE hoop.gateways
        SET fenced = true
        WHERE id = ANY ($1)
        """;

    [CrossOrg("Names no row.")]
    private const string NotifySql = "SELECT pg_notify($1, $2)";

    [CrossOrg("Names no row.")]
    private const string QueueSql = "SELECT pg_notification_queue_usage()";

    private const int Within = 5;

    public static Task Begin(
        NpgsqlConnection connection, Guid id, Guid process, string name, TimeSpan lease, CancellationToken cancellationToken) =>
        Send(connection, [Command(BeginSql, Value(id), Value(process), Value(name), Value(lease))], cancellationToken);

    /// <summary>False when the life is over: fenced, ended, or this session does not listen.</summary>
    public static async Task<(bool Renewed, Rows Rows)> Renew(
        NpgsqlConnection connection, Guid id, Guid process, TimeSpan lease, bool sweep, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = Within };
        batch.BatchCommands.Add(Command(RenewSql, Value(id), Value(lease), Value(Announcement.Channel)));
        batch.BatchCommands.Add(Command(ListSql, Value(process)));
        batch.BatchCommands.Add(Command(QueueSql));
        if (sweep)
        {
            batch.BatchCommands.Add(Command(SweepSql));
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var rows = await Read(reader, cancellationToken);
        return (batch.BatchCommands[0].RecordsAffected == 1, rows);
    }

    /// <summary>The rows of other processes, those whose lease ended too.</summary>
    public static async Task<Rows> List(NpgsqlConnection connection, Guid process, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = Within };
        batch.BatchCommands.Add(Command(ListSql, Value(process)));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await Read(reader, cancellationToken);
    }

    /// <summary>Whether the row of a life is there, seen over this connection.</summary>
    public static async Task<bool> Exists(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ExistsSql, connection) { CommandTimeout = Within };
        command.Parameters.Add(Value(id));
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    public static Task End(NpgsqlConnection connection, Guid id, CancellationToken cancellationToken) =>
        Send(connection, [Command(EndSql, Value(id))], cancellationToken);

    /// <summary>Their next renewals fail, so their leases end when they end now.</summary>
    public static Task Fence(NpgsqlConnection connection, Guid[] ids, CancellationToken cancellationToken) =>
        Send(connection, [Command(FenceSql, new NpgsqlParameter<Guid[]> { TypedValue = ids })], cancellationToken);

    /// <summary>
    /// Lists the rows, then sends the payloads in their order. Whoever is not in the list began to listen later, and reads later than that.
    /// </summary>
    public static async Task<Rows> Notify(
        NpgsqlConnection connection,
        Guid process,
        IEnumerable<(string Channel, string Payload)> messages,
        CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = Within };
        batch.BatchCommands.Add(Command(ListSql, Value(process)));
        foreach (var (channel, payload) in messages)
        {
            batch.BatchCommands.Add(Command(NotifySql, Value(channel), Value(payload)));
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await Read(reader, cancellationToken);
    }

    public static Task Tell(
        NpgsqlConnection connection, IEnumerable<(string Channel, string Payload)> messages, CancellationToken cancellationToken) =>
        Send(
            connection,
            messages.Select(message => Command(NotifySql, Value(message.Channel), Value(message.Payload))),
            cancellationToken);

    public static async Task Listen(NpgsqlConnection connection, Guid process, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The names of the channels are a constant and hexadecimal digits.
        await using var command = new NpgsqlCommand(
            $"LISTEN {Announcement.Channel}; LISTEN {Announcement.ChannelOf(process)}", connection)
        {
            CommandTimeout = Within,
        };
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task Send(
        NpgsqlConnection connection, IEnumerable<NpgsqlBatchCommand> commands, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = Within };
        foreach (var command in commands)
        {
            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<Rows> Read(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var (rows, queue) = (new Dictionary<Guid, double>(), 0.0);
        do
        {
            while (reader.FieldCount == 2 && await reader.ReadAsync(cancellationToken))
            {
                rows.Add(reader.GetGuid(0), reader.GetDouble(1));
            }

            if (reader.FieldCount == 1 && reader.GetFieldType(0) == typeof(double) && await reader.ReadAsync(cancellationToken))
            {
                queue = reader.GetDouble(0);
            }
        }
        while (await reader.NextResultAsync(cancellationToken));
        return new Rows(rows) { Queue = queue };
    }

    private static NpgsqlBatchCommand Command(string sql, params NpgsqlParameter[] values)
    {
#pragma warning disable CA2100 // Only the constants above come here.
        var command = new NpgsqlBatchCommand(sql);
#pragma warning restore CA2100
        foreach (var value in values)
        {
            command.Parameters.Add(value);
        }

        return command;
    }

    private static NpgsqlParameter<T> Value<T>(T value) => new() { TypedValue = value };

    private static NpgsqlParameter<string> Value(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };

    /// <summary>Seconds that are left of each lease; not positive where it has ended.</summary>
    internal sealed class Rows(IReadOnlyDictionary<Guid, double> left)
    {
        public IReadOnlyDictionary<Guid, double> Left => left;

        /// <summary>How full PostgreSQL's queue of notifications is, 0 to 1; told by a renewal alone.</summary>
        public double Queue { get; init; }

        public IReadOnlySet<Guid> Alive { get; } = left.Where(row => row.Value > 0).Select(row => row.Key).ToHashSet();

        public IReadOnlySet<Guid> Ended { get; } = left.Where(row => row.Value <= 0).Select(row => row.Key).ToHashSet();
    }
}
