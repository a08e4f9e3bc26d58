using System.Data.Common;
using System.Linq.Expressions;
using System.Reflection;
using Dapper;

namespace Hoop.Shared.Data;

/// <summary>
/// Compiles what makes a value of each row: of one column, or by the constructor of a record whose parameters are the columns in
/// their order. A parameter that is a record itself takes as many columns as its own constructor has. Whatever else is asked for, such as
/// a type that must be converted, is left to Dapper.
/// </summary>
internal static class RowReader
{
    private static readonly MethodInfo GetMethod = typeof(DbDataReader).GetMethod(nameof(DbDataReader.GetFieldValue))!;
    private static readonly MethodInfo IsNullMethod = typeof(DbDataReader).GetMethod(nameof(DbDataReader.IsDBNull))!;

    /// <param name="first">Open, on the columns to come; not moved.</param>
    public static Func<DbDataReader, T> For<T>(DbDataReader first)
    {
        var reader = Expression.Parameter(typeof(DbDataReader));
        var next = 0;
        Expression? made = first.FieldCount == 1 && HoldsType(first, 0, typeof(T))
            ? Column(reader, 0, typeof(T))
            : Record(first, reader, typeof(T), ref next) is { } record && next == first.FieldCount ? record : null;
        return made is null ? ByDapper<T>(first) : Expression.Lambda<Func<DbDataReader, T>>(made, reader).Compile();
    }

    // A record may have several constructors, for more and for fewer columns: the longest that fits is taken.
    private static NewExpression? Record(DbDataReader first, ParameterExpression reader, Type type, ref int next)
    {
        if (type.IsAbstract || type.IsPrimitive)
        {
            return null;
        }

        foreach (var constructor in type.GetConstructors().OrderByDescending(one => one.GetParameters().Length))
        {
            var at = next;
            if (constructor.GetParameters().Length > 0 && Arguments(first, reader, constructor, ref at) is { } arguments)
            {
                next = at;
                return Expression.New(constructor, arguments);
            }
        }

        return null;
    }

    private static List<Expression>? Arguments(DbDataReader first, ParameterExpression reader, ConstructorInfo constructor, ref int next)
    {
        var arguments = new List<Expression>();
        foreach (var parameter in constructor.GetParameters())
        {
            if (next < first.FieldCount && IsNamed(first.GetName(next), parameter.Name!) && HoldsType(first, next, parameter.ParameterType))
            {
                arguments.Add(Column(reader, next++, parameter.ParameterType));
            }
            else if (parameter.ParameterType is { IsClass: true, IsArray: false } inner
                && inner != typeof(string) && inner != constructor.DeclaringType && Record(first, reader, inner, ref next) is { } nested)
            {
                arguments.Add(nested);
            }
            else
            {
                return null;
            }
        }

        return arguments;
    }

    private static ConditionalExpression Column(ParameterExpression reader, int column, Type type)
    {
        var index = Expression.Constant(column);
        var value = Expression.Call(reader, GetMethod.MakeGenericMethod(Nullable.GetUnderlyingType(type) ?? type), index);
        return Expression.Condition(
            Expression.Call(reader, IsNullMethod, index), Expression.Default(type), Expression.Convert(value, type));
    }

    private static bool IsNamed(string column, string parameter) =>
        column.Replace("_", "", StringComparison.Ordinal).Equals(parameter, StringComparison.OrdinalIgnoreCase);

    // Npgsql names no element type for an array.
    private static bool HoldsType(DbDataReader first, int column, Type type)
    {
        var held = first.GetFieldType(column);
        return held == typeof(Array)
            ? (type == typeof(string[]) && first.GetDataTypeName(column) == "text[]")
                || (type == typeof(Guid[]) && first.GetDataTypeName(column) == "uuid[]")
            : held == (Nullable.GetUnderlyingType(type) ?? type);
    }

    // As QuerySingleOrDefault does: nothing in a column is the default value.
    private static Func<DbDataReader, T> ByDapper<T>(DbDataReader first)
    {
        var parse = first.GetRowParser<object?>(typeof(T));
        return reader => parse(reader) is { } value ? (T)value : default!;
    }
}
