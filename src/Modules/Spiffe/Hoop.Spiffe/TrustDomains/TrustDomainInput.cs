using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hoop.Shared;
using Hoop.Shared.Jose;
using Hoop.Shared.Outbound;
using Hoop.Shared.Secrets;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>The body of create and update. An empty text counts as absent.</summary>
internal abstract record TrustDomainInput
{
    public string? Name { get; init; }

    public string? BundleUrl { get; init => field = Absent(value); }

    public string? BundleFile { get; init => field = Absent(value); }

    /// <summary>The bundle as a JSON object, or as text that holds one.</summary>
    [JsonConverter(typeof(BundleText))]
    public string? BundleJwks { get; init => field = Absent(value?.TrimStart(ByteOrderMark.Character)); }

    public int? RefreshSeconds { get; init; }

    /// <summary>
    /// SVIDs that prove the keys of <see cref="BundleJwks"/>, where the operator has not given the name. Used and forgotten.
    /// </summary>
    public SecretText[]? Proofs { get; init; }

    public object Row(Guid id) => new { Id = id, Name, BundleUrl, BundleFile, BundleJwks, RefreshSeconds };

    private static string? Absent(string? text) => text is "" ? null : text;
}

/// <summary>
/// What a trust domain must look like. The name, the URL and the profile are all stated, none derived from another (Federation
/// section 5.1).
/// </summary>
internal abstract class TrustDomainRules<TInput> : AbstractValidator<TInput>
    where TInput : TrustDomainInput
{
    private const int MaxInlineBytes = 256 * 1024;

    /// <summary>Each fetch is a connection to a host of the tenant's choice.</summary>
    private const int LeastRefreshSeconds = 10;

    protected TrustDomainRules(SpiffeOptions options)
    {
        ClassLevelCascadeMode = CascadeMode.Stop;
        RuleFor(input => input.Name).NotEmpty().WithMessage("name is required").Malformed();
        RuleFor(input => input.Name).Custom(
            (name, context) => Report(context, "name", TrustDomain.TryParse(name, out _, out var reason) ? null : reason));
        RuleFor(input => input.Name).Must(name => !LeadingDash.IsIn(name)).WithMessage($"name: {LeadingDash.Problem}");
        RuleFor(input => input.BundleUrl)
            .Must((input, url) => new[] { url, input.BundleFile, input.BundleJwks }.Count(source => source is not null) == 1)
            .WithMessage("exactly one of bundle_url, bundle_file or bundle_jwks must be set");
        RuleFor(input => input.BundleUrl).Custom(
            (url, context) => Report(context, "bundle_url", url is null
                ? null
                : OutboundUrl.Parse(url, options.TenantOutbound).Error?.Message));
        RuleFor(input => input.BundleFile).Custom((path, context) => Report(context, "bundle_file", PathProblem(path)));
        RuleFor(input => input.BundleJwks).Custom(
            (_, context) => Report(context, "bundle_jwks", InlineProblem(context.InstanceToValidate)));
        RuleFor(input => input.RefreshSeconds).InclusiveBetween(LeastRefreshSeconds, 86_400).WithMessage(
            $"refresh_seconds: from {LeastRefreshSeconds} to 86400");
        RuleFor(input => input.Proofs).Must(
            proofs => proofs is null || (proofs.Length <= TrustDomainProof.MostTokens && !proofs.Contains(null)))
            .WithMessage($"proofs: at most {TrustDomainProof.MostTokens} SVIDs");
    }

    private static string? PathProblem(string? path) =>
        path is null ? null
        : path.Length > 4096 || path.Any(char.IsControl) || !Path.IsPathFullyQualified(path) ? "must be an absolute path"
        : null;

    private static string? InlineProblem(TrustDomainInput input)
    {
        if (input.BundleJwks is not { } jwks)
        {
            return null;
        }

        var document = Encoding.UTF8.GetBytes(jwks);
        return document.Length > MaxInlineBytes ? "at most 256 KiB"
            : jwks.Contains('\0', StringComparison.Ordinal) ? "must not hold NUL"
            : TrustDomain.TryParse(input.Name, out var name, out _) ? BundleParser.Parse(
                name, document, DateTimeOffset.UnixEpoch).Error?.Message
            : null;
    }

    private static void Report(ValidationContext<TInput> context, string field, string? problem)
    {
        if (problem is not null)
        {
            context.AddFailure(field, $"{field}: {problem}");
        }
    }
}

internal sealed class BundleText : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.GetRawText();
        }

        return reader.TokenType == JsonTokenType.String ? reader.GetString() : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
