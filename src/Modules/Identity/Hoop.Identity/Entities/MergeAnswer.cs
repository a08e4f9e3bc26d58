using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Hoop.Identity.Entities;

/// <summary>Two aliases on one mount, of which a merge can keep one.</summary>
internal sealed record AliasClash(MergedAlias To, MergedAlias From);

/// <summary>An alias that takes part in a merge.</summary>
internal sealed record MergedAlias(
    Guid Id, Guid EntityId, string Name, string Accessor, string MountType, string MountPath, string EntityName);

/// <summary>What the merge of this request found; the answer tells it beside its error.</summary>
internal sealed class AliasClashes
{
    public IReadOnlyList<AliasClash> All { get; private set; } = [];

    /// <summary>Vault's text: one error that holds a list.</summary>
    public Error Found(IReadOnlyList<AliasClash> clashes)
    {
        All = clashes;
        var items = clashes
            .Select(
                clash => $"mountAccessor: {clash.To.Accessor}, toEntity ID: {clash.To.EntityId}, fromEntity ID: {clash.From.EntityId}, conflicting toEntity alias ID: {clash.To.Id}, conflicting fromEntity alias ID: {clash.From.Id}")
            .Prepend(
                "toEntity and at least one fromEntity have aliases with the same mount accessor, repeat the merge request specifying exactly one fromEntity, clashes: ");
        return Error.Malformed($"{clashes.Count + 1} errors occurred:\n{string.Concat(items.Select(item => $"\t* {item}\n"))}\n", "alias_clash");
    }
}

/// <summary>204, or an error; a clash of aliases also says which they are.</summary>
internal sealed class MergeAnswer(Error? error, AliasClashes clashes) : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (error is not { Code: "alias_clash" })
        {
            return new EmptyAnswer(error).ExecuteAsync(httpContext);
        }

        httpContext.Response.StatusCode = StatusCodes.Status400BadRequest;
        var data = clashes.All.SelectMany(clash => new[] { Side.Of(clash.To), Side.Of(clash.From) }).ToArray();
        return httpContext.Response.WriteAsJsonAsync(new Body([error.Message], data), httpContext.RequestAborted);
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        ErrorMetadata.Add(builder, StatusCodes.Status204NoContent, type: null);

    private sealed record Body(IReadOnlyList<string> Errors, IReadOnlyList<Side> Data);

    private sealed record Side(string Alias, string Entity, Guid EntityId, string Mount, string MountPath)
    {
        public static Side Of(MergedAlias alias) => new(alias.Name, alias.EntityName, alias.EntityId, alias.MountType, alias.MountPath);
    }
}
