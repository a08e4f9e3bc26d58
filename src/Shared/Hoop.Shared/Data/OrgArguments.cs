using System.Collections.Concurrent;
using System.Data;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Hoop.Shared.Data;

/// <summary>
/// The arguments of a statement together with its organization. What Dapper generates for the arguments' type is made once a
/// statement and kept; the number of both is that of the program's constants.
/// </summary>
internal sealed class OrgArguments : SqlMapper.IDynamicParameters
{
    private const string Name = "OrgId";

    private static readonly ConcurrentDictionary<(string Sql, Type Arguments), Action<IDbCommand, object>> Binders = new();
    private static readonly ConcurrentDictionary<string, bool> Statements = new(StringComparer.Ordinal);

    private readonly Guid _orgId;
    private readonly object? _args;

    private OrgArguments(Guid orgId, object? args) => (_orgId, _args) = (orgId, args);

    public static OrgArguments For(string sql, Guid orgId, object? args)
    {
        if (!Statements.GetOrAdd(sql, static text => text.Contains("@" + Name, StringComparison.Ordinal)))
        {
            throw new InvalidOperationException(
                "The statement does not name @OrgId; mark its constant [CrossOrg] and send it through AcrossOrgs.");
        }

        return new OrgArguments(orgId, args);
    }

    public void AddParameters(IDbCommand command, SqlMapper.Identity identity)
    {
        command.Parameters.Add(new NpgsqlParameter<Guid>(Name, NpgsqlDbType.Uuid) { TypedValue = _orgId });
        if (_args is not null)
        {
            Binders.GetOrAdd((identity.Sql, _args.GetType()), static (key, of) => BinderFor(key.Arguments, of), identity)(command, _args);
        }
    }

    private static Action<IDbCommand, object> BinderFor(Type arguments, SqlMapper.Identity identity) =>
        arguments.GetProperty(Name) is null
            ? SqlMapper.CreateParamInfoGenerator(identity.ForDynamicParameters(arguments), checkForDuplicates: true, removeUnused: true)
            : throw new InvalidOperationException($"{arguments.Name} brings an OrgId of its own; Of(orgId) binds it.");
}
