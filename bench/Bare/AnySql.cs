using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Bare;

/// <summary>
/// Runs statements that the driver named at the start, with typed parameters, one after the other, and writes their rows as JSON: what a
/// program does that has the same statements and nothing else.
/// </summary>
internal sealed class AnySql(NpgsqlDataSource database, Guid orgId, Dictionary<string, string> statements)
{
    /// <param name="work">An array of <c>{"sql": name, "args": {…}}</c>.</param>
    public async Task Run(JsonElement work, Utf8JsonWriter writer, CancellationToken cancellationToken)
    {
        writer.WriteStartArray();
        foreach (var step in work.EnumerateArray())
        {
#pragma warning disable CA2100 // The driver's constants; a request only names them.
            await using var command = database.CreateCommand(statements[step.GetProperty("sql").GetString()!]);
#pragma warning restore CA2100
            command.Parameters.Add(new NpgsqlParameter<Guid>("OrgId", orgId));
            foreach (var argument in step.GetProperty("args").EnumerateObject())
            {
                command.Parameters.Add(Parameter(argument.Name, argument.Value));
            }

            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                Write(reader, writer);
            }
        }

        writer.WriteEndArray();
    }

    private static NpgsqlParameter Parameter(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => new NpgsqlParameter(name, NpgsqlDbType.Unknown) { Value = DBNull.Value },
        JsonValueKind.True or JsonValueKind.False => new NpgsqlParameter<bool>(name, value.GetBoolean()),
        JsonValueKind.Number => new NpgsqlParameter<long>(name, value.GetInt64()),
        JsonValueKind.Array => new NpgsqlParameter<string[]>(name, [.. value.EnumerateArray().Select(item => item.GetString()!)]),
        _ when value.ValueEquals("new id") => new NpgsqlParameter<Guid>(name, Guid.CreateVersion7()),
        _ when value.TryGetGuid(out var id) => new NpgsqlParameter<Guid>(name, id),
        _ => new NpgsqlParameter<string>(name, value.GetString()!),
    };

    private static void Write(NpgsqlDataReader reader, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        for (var column = 0; column < reader.FieldCount; column++)
        {
            writer.WritePropertyName(reader.GetName(column));
            switch (reader.IsDBNull(column) ? null : reader.GetValue(column))
            {
                case null: writer.WriteNullValue(); break;
                case Guid id: writer.WriteStringValue(id); break;
                case bool flag: writer.WriteBooleanValue(flag); break;
                case DateTime time: writer.WriteStringValue(time); break;
                case int number: writer.WriteNumberValue(number); break;
                case long number: writer.WriteNumberValue(number); break;
                case double number: writer.WriteNumberValue(number); break;
                case string[] texts:
                    writer.WriteStartArray();
                    foreach (var text in texts)
                    {
                        writer.WriteStringValue(text);
                    }

                    writer.WriteEndArray();
                    break;
                case var other: writer.WriteStringValue(other.ToString()); break;
            }
        }

        writer.WriteEndObject();
    }
}
