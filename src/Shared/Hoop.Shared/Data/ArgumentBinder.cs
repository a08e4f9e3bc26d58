using System.Linq.Expressions;
using System.Reflection;
using Npgsql;
using NpgsqlTypes;

namespace Hoop.Shared.Data;

/// <summary>Compiles, once for a statement and a type of arguments, what adds the members of such an object by position.</summary>
internal static class ArgumentBinder
{
    private static readonly MethodInfo AddMethod = typeof(ArgumentBinder).GetMethod(nameof(Add))!;

    // What PostgreSQL is told about an argument that is null.
    private static readonly Dictionary<Type, NpgsqlDbType> Types = new()
    {
        [typeof(string)] = NpgsqlDbType.Text,
        [typeof(Guid)] = NpgsqlDbType.Uuid,
        [typeof(bool)] = NpgsqlDbType.Boolean,
        [typeof(short)] = NpgsqlDbType.Smallint,
        [typeof(int)] = NpgsqlDbType.Integer,
        [typeof(long)] = NpgsqlDbType.Bigint,
        [typeof(double)] = NpgsqlDbType.Double,
        [typeof(decimal)] = NpgsqlDbType.Numeric,
        [typeof(DateTime)] = NpgsqlDbType.TimestampTz,
        [typeof(DateTimeOffset)] = NpgsqlDbType.TimestampTz,
        [typeof(TimeSpan)] = NpgsqlDbType.Interval,
        [typeof(byte[])] = NpgsqlDbType.Bytea,
        [typeof(string[])] = NpgsqlDbType.Array | NpgsqlDbType.Text,
        [typeof(Guid[])] = NpgsqlDbType.Array | NpgsqlDbType.Uuid,
        [typeof(bool[])] = NpgsqlDbType.Array | NpgsqlDbType.Boolean,
        [typeof(int[])] = NpgsqlDbType.Array | NpgsqlDbType.Integer,
        [typeof(long[])] = NpgsqlDbType.Array | NpgsqlDbType.Bigint,
        [typeof(DateTime[])] = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
        [typeof(byte[][])] = NpgsqlDbType.Array | NpgsqlDbType.Bytea,
    };

    /// <param name="statement">Names the arguments.</param>
    /// <param name="type">Of the object that has them as properties; <c>void</c> for none.</param>
    public static Action<object?, Guid, NpgsqlParameterCollection> For(Statement statement, Type type)
    {
        var (args, orgId) = (Expression.Parameter(typeof(object)), Expression.Parameter(typeof(Guid)));
        var parameters = Expression.Parameter(typeof(NpgsqlParameterCollection));
        var properties = (type == typeof(void) ? [] : type.GetProperties(BindingFlags.Instance | BindingFlags.Public))
            .ToDictionary(one => one.Name, StringComparer.OrdinalIgnoreCase);
        if (statement.IsOfOrganization && properties.ContainsKey(Statement.OrgId))
        {
            throw new InvalidOperationException($"{type.Name} brings an OrgId of its own; Of(orgId) binds it.");
        }

        var steps = statement.Names.Select(Expression (name) =>
            name == Statement.OrgId ? Added(orgId)
            : properties.TryGetValue(name, out var property) ? Added(Expression.Property(Expression.Convert(args, type), property))
            : throw new InvalidOperationException($"{type.Name} has no {name}, which the statement names."));
        return Expression.Lambda<Action<object?, Guid, NpgsqlParameterCollection>>(
            Expression.Block(steps), args, orgId, parameters).Compile();

        Expression Added(Expression value)
        {
            var bare = Nullable.GetUnderlyingType(value.Type) ?? value.Type;
            if (!Types.ContainsKey(bare))
            {
                throw new InvalidOperationException($"A {value.Type} is not bound as an argument; say what the column holds.");
            }

            var isNull = bare != value.Type ? Expression.Not(Expression.Property(value, "HasValue"))
                : bare.IsValueType ? (Expression)Expression.Constant(false)
                : Expression.ReferenceEqual(value, Expression.Constant(null));
            return Expression.Call(
                AddMethod.MakeGenericMethod(bare),
                parameters,
                isNull,
                bare == value.Type ? value : Expression.Call(value, "GetValueOrDefault", typeArguments: null));
        }
    }

    public static void Add<T>(NpgsqlParameterCollection parameters, bool isNull, T value) => parameters.Add(
        isNull
            ? new NpgsqlParameter { NpgsqlDbType = Types[typeof(T)], Value = DBNull.Value }
            : new NpgsqlParameter<T> { TypedValue = value });
}
