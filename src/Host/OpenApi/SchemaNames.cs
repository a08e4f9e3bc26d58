using System.Text.Json.Serialization.Metadata;
using Hoop.Shared.Secrets;
using Microsoft.AspNetCore.OpenApi;

namespace Hoop.Host.OpenApi;

/// <summary>
/// One name for one type. A slice nests its request and its answer, so that the outer name tells them apart:
/// <c>CreateMappingRequest</c>, where the framework takes <c>Request</c> for all of them and shows the first one everywhere.
/// </summary>
internal static class SchemaNames
{
    /// <summary>Null for what stands where it is used, such as texts, secrets and lists.</summary>
    public static string? Of(JsonTypeInfo type) =>
        type.Type == typeof(SecretText) || OpenApiOptions.CreateDefaultSchemaReferenceId(type) is null ? null : Of(type.Type);

    public static string Of(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return Of(value);
        }

        if (type.IsArray)
        {
            return Of(type.GetElementType()!) + "List";
        }

        if (type.IsConstructedGenericType)
        {
            return string.Concat(type.GetGenericArguments().Select(Of)) + type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)];
        }

        return type.DeclaringType is { } outer ? Of(outer) + type.Name : type.Name;
    }
}
