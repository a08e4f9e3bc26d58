using System.Data;
using Dapper;

namespace Hoop.Shared.Data;

/// <summary>text[] to and from <c>string[]</c>; without it Dapper does not find the constructor of a record that holds one.</summary>
internal sealed class TextArrayHandler : SqlMapper.TypeHandler<string[]>
{
    public override string[] Parse(object value) => (string[])value;

    public override void SetValue(IDbDataParameter parameter, string[]? value) => parameter.Value = value is null ? DBNull.Value : value;
}
