using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hoop.Shared.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Hoop.Host.OpenApi;

/// <summary>
/// Calls as they are: named after their slice, told in the words above it, with every part of the path declared, and with a lock only
/// where one is. Nothing of it is said by a route, so that no route can forget it.
/// </summary>
internal sealed partial class OperationTexts(XmlDocs docs) : IOpenApiOperationTransformer
{
    // The same parts stand in many addresses, and mean the same in all of them.
    private static readonly Dictionary<string, string> Parts = new(StringComparer.Ordinal)
    {
        ["after"] = "The last key of the page before.",
        ["cascade"] = "true: what names it, or what it holds, is deleted with it and recorded in the audit trail.",
        ["days"] = "How long nobody has used it.",
        ["email"] = "Only whoever has this address.",
        ["first_line"] = "The number of the first line, for messages.",
        ["id"] = "Its id, a UUID.",
        ["issuer"] = "The issuer of the subject's tokens, when several accounts have this subject.",
        ["limit"] = "How many keys at most.",
        ["mount"] = "The path of the mount, without auth/ in front.",
        ["name"] = "Its name.",
        ["nameOrId"] = "Its name, or its id.",
        ["org"] = "The name of the organization; \"default\" when left out.",
        ["org_id"] = "The id of the organization.",
        ["path"] = "The path of the mount, without auth/ in front.",
        ["person_id"] = "Only those of this person.",
        ["principal"] = "The cloud account, such as alice@my-proj.iam.gserviceaccount.com.",
        ["role_name"] = "The name of the token role.",
        ["secrets"] = "names: an admin does without the values, and no read is recorded.",
        ["status"] = "Only those with this status.",
        ["subject"] = "The subject, percent-encoded; a slash may be written as it is or as %2F.",
    };

    private static OpenApiParameter Listing => new()
    {
        Name = "list",
        In = ParameterLocation.Query,
        Required = true,
        Description = "true; the verb LIST does without it, and this document does not know that verb.",
        Schema = new OpenApiSchema { Type = JsonSchemaType.Boolean, Enum = [JsonValue.Create(true)] },
    };

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var slice = SliceDocs.SliceOf(metadata);
        operation.OperationId = metadata.OfType<IEndpointNameMetadata>().LastOrDefault()?.EndpointName ?? slice?.Name;
        if (operation.Summary is null && slice is not null && SliceDocs.Of(docs.Of(slice)) is { } told)
        {
            (operation.Summary, operation.Description) = (told.Summary, told.Description);
        }

        DeclareParameters(operation, context.Description.RelativePath ?? "", slice);
        if (metadata.OfType<VaultFields>().LastOrDefault() is { } fields)
        {
            operation.RequestBody = BodyOf(fields);
        }

        if (metadata.OfType<BodyExample>().LastOrDefault() is { } example
            && operation.RequestBody?.Content is { } content
            && content.TryGetValue("application/json", out var taken)
            && taken is OpenApiMediaType media)
        {
            media.Example = JsonNode.Parse(example.Json);
        }

        if (metadata.OfType<VaultListing>().Any())
        {
            operation.Parameters!.Add(Listing);
        }

        if (metadata.OfType<IAllowAnonymous>().Any())
        {
            operation.Security = [new OpenApiSecurityRequirement()];
            operation.Responses?.Remove("401");
            operation.Responses?.Remove("403");
        }

        return Task.CompletedTask;
    }

    private void DeclareParameters(OpenApiOperation operation, string path, Type? slice)
    {
        operation.Parameters ??= [];
        foreach (Match part in Part().Matches(path))
        {
            var name = part.Groups["name"].Value;
            if (operation.Parameters.All(parameter => parameter.Name != name))
            {
                operation.Parameters.Add(
                    new OpenApiParameter
                    {
                        Name = name,
                        In = ParameterLocation.Path,
                        Required = true,
                        Schema = new OpenApiSchema { Type = JsonSchemaType.String }
                    });
            }
        }

        var request = slice?.GetNestedType("Request", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Public);
        foreach (var parameter in operation.Parameters.OfType<OpenApiParameter>())
        {
            parameter.Description = Parts.GetValueOrDefault(parameter.Name!)
                ?? (request is null ? null : docs.Of(request, parameter.Name!.Replace("_", "", StringComparison.Ordinal)))
                ?? docs.Of(typeof(PageQuery), parameter.Name!.Replace("_", "", StringComparison.Ordinal))
                ?? parameter.Description;
        }
    }

    private static OpenApiRequestBody BodyOf(VaultFields fields) => new()
    {
        Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
        {
            ["application/json"] =
                new()
                {
                    Schema = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Object,
                        Properties = fields.All.ToDictionary(field => field.Name, field => (IOpenApiSchema)SchemaOf(field),
                        StringComparer.Ordinal)
                    }
                },
        },
    };

    private static OpenApiSchema SchemaOf(VaultField field)
    {
        var schema = field.Kind switch
        {
            VaultFieldKind.Text or VaultFieldKind.Seconds => new OpenApiSchema { Type = JsonSchemaType.String },
            VaultFieldKind.Number => new OpenApiSchema { Type = JsonSchemaType.Integer },
            VaultFieldKind.Flag => new OpenApiSchema { Type = JsonSchemaType.Boolean },
            VaultFieldKind.Values => new OpenApiSchema { Type = JsonSchemaType.Object },
            VaultFieldKind.List =>
                new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
            VaultFieldKind.Pairs =>
                new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.String }
                },
            _ => throw new ArgumentOutOfRangeException(nameof(field), field.Kind, message: null),
        };
        schema.Description = field.Description;
        return schema;
    }

    [GeneratedRegex(@"\{\**(?<name>\w+)[^}]*\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Part();
}
