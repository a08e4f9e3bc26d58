using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using FluentValidation;
using FluentValidation.Validators;
using Hoop.Shared.Pipeline;
using Hoop.Shared.Secrets;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Hoop.Host.OpenApi;

/// <summary>
/// Bodies as they are: members described by their comments, required only where they are, secrets as texts that are only written.
/// </summary>
internal sealed class SchemaTexts(XmlDocs docs) : IOpenApiSchemaTransformer
{
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        if (type == typeof(SecretText))
        {
            (schema.Type, schema.Format, schema.WriteOnly, schema.Properties) = (JsonSchemaType.String, "password", true, null);
        }
        else if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object)
        {
            schema.Required = RequiredOf(context.JsonTypeInfo, context.ApplicationServices);
            schema.Description = docs.Of(type);
        }

        if (context.JsonPropertyInfo is { AttributeProvider: MemberInfo member })
        {
            Describe(schema, member);
        }

        return Task.CompletedTask;
    }

    private void Describe(OpenApiSchema schema, MemberInfo member)
    {
        schema.Description = docs.Of(member.ReflectedType!, member.Name);
        if (docs.ExampleOf(member.ReflectedType!, member.Name) is { } example)
        {
            schema.Examples = [example.StartsWith('[') ? JsonNode.Parse(example)! : JsonValue.Create(example)];
        }
    }

    private static HashSet<string> RequiredOf(JsonTypeInfo type, IServiceProvider services)
    {
        if (ValidatedBy(type.Type, services) is { } validator)
        {
            // A rule about a member of a member is named after that; the body's own members alone are looked for.
            var needed = validator.CreateDescriptor().GetMembersWithValidators()
                .Where(rules => rules.Any(rule => rule.Validator is INotEmptyValidator or INotNullValidator))
                .Select(rules => JsonNamingPolicy.SnakeCaseLower.ConvertName(rules.Key));
            return [.. needed.Intersect(type.Properties.Select(property => property.Name), StringComparer.Ordinal)];
        }

        if (IsInput(type.Type))
        {
            return [];
        }

        // An answer: what is never null and never left out is always there.
        var nullability = new NullabilityInfoContext();
        return
        [
            .. type.Properties
                .Where(property => property.AttributeProvider is PropertyInfo member
                    && member.GetCustomAttribute<JsonIgnoreAttribute>() is null
                    && nullability.Create(member).ReadState != NullabilityState.Nullable)
                .Select(property => property.Name),
        ];
    }

    // A body that a slice makes its request of is held by the request's rules, member by member.
    private static IValidator? ValidatedBy(Type type, IServiceProvider services)
    {
        var request = typeof(IUseCase).IsAssignableFrom(type)
            ? type
            : type.Name.EndsWith("Body", StringComparison.Ordinal) && IsInput(type) ? RequestBeside(type) : null;
        return request is null ? null : services.GetService(typeof(IValidator<>).MakeGenericType(request)) as IValidator;
    }

    private static bool IsInput(Type type) =>
        typeof(IUseCase).IsAssignableFrom(type)
            || type.Name.EndsWith("Body", StringComparison.Ordinal)
            && type.Namespace != typeof(Hoop.Shared.Http.ErrorBody).Namespace
        || RequestBeside(type)?.GetProperties().Any(member => member.PropertyType == type) is true;

    // A part of a body stands beside the request of its slice.
    private static Type? RequestBeside(Type type) =>
        type.DeclaringType?.GetNestedType("Request", BindingFlags.NonPublic | BindingFlags.Public);
}
