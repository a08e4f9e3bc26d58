using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Builder;

namespace Hoop.Shared.Http;

/// <summary>A body that a route takes, shown in the API document; tests hold it against the schema and send it.</summary>
/// <param name="Json">The text.</param>
public sealed record BodyExample([StringSyntax(StringSyntaxAttribute.Json)] string Json)
{
    /// <summary>Stands in examples for the id of an agent, a tenant or another thing that exists.</summary>
    public const string SomeId = "018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f";

    /// <summary>Another one of the same kind.</summary>
    public const string OtherId = "018f3c6e-7d1a-7000-8000-6c2b4dae1f30";

    /// <summary>Stands for a token of Vault's kind.</summary>
    public const string SomeToken = "hvs.the-token-as-it-was-shown-when-it-was-made-xxx";

    /// <summary>Stands for what names such a token without giving it away.</summary>
    public const string SomeAccessor = "TheAccessorOfThatToken00";
}

/// <summary>A route that lists as Vault does: by the verb LIST, or by GET with <c>?list=true</c>.</summary>
public sealed record VaultListing;

public static class BodyExamples
{
    /// <summary>Says what a body may look like; each route that takes one has one.</summary>
    public static TBuilder WithBody<TBuilder>(this TBuilder route, [StringSyntax(StringSyntaxAttribute.Json)] string json)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new BodyExample(json));
}
