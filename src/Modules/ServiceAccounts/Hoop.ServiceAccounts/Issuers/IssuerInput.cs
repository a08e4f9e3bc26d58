using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hoop.Shared.Jose;
using Hoop.Shared.Outbound;
using Hoop.Shared.Secrets;
using Hoop.Shared.Sources;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>The body of create and update. An empty text counts as absent.</summary>
internal abstract record IssuerInput
{
    /// <summary>May be left out where the preset has only one.</summary>
    public string? Issuer { get => field ?? IssuerPreset.Find(PresetName)?.Issuer; init => field = Absent(value); }

    public string? Preset { get; init => field = Absent(value); }

    public string[]? Audiences { get; init; }

    public string? AudienceClaim { get; init => field = Absent(value); }

    public string? JwksUrl { get; init => field = Absent(value); }

    /// <summary>The key set as a JSON object, or as text that holds one.</summary>
    public JsonElement? Jwks { get; init; }

    public string[]? Algorithms { get; init; }

    public int? LeewaySeconds { get; init; }

    public ClaimNamesInput? Claims { get; init; }

    public Dictionary<string, string[]>? RequiredClaims { get; init; }

    public string? ClientId { get; init => field = Absent(value); }

    /// <summary>People of the organization sign in here, with <see cref="ClientId"/>.</summary>
    public PeopleSettings? People { get; init; }

    /// <summary>Whom to ask about opaque tokens (RFC 7662).</summary>
    public string? IntrospectionUrl { get; init => field = Absent(value); }

    public string? IntrospectionClientId { get; init => field = Absent(value); }

    /// <summary>Never answered. What is not given again stays, as long as the URL does.</summary>
    public SecretText? IntrospectionSecret { get; init => field = value is { IsEmpty: true } ? null : value; }

    /// <summary>Authorities that are trusted for this issuer's URLs in place of the system's.</summary>
    public string? JwksCaPem { get; init => field = Absent(value); }

    /// <summary>
    /// Sent to jwks_url as a bearer token. What is not given again stays, as long as the URL does; an empty one takes it away.
    /// </summary>
    public SecretText? JwksToken { get; init; }

    /// <summary>What no other organization may take tokens for: the audiences, and the client of people.</summary>
    [JsonIgnore]
    public string[] Taken => People is null || ClientId is null ? Audiences! : [.. Audiences!.Union([ClientId], StringComparer.Ordinal)];

    [JsonIgnore]
    public string PresetName => Preset ?? IssuerPreset.Generic.Name;

    [JsonIgnore]
    public string? JwksText => Jwks switch
    {
        null or { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => null,
        { ValueKind: JsonValueKind.String } text => Absent(text.GetString()?.TrimStart(ByteOrderMark.Character)),
        { } document => document.GetRawText(),
    };

    [JsonIgnore]
    public IssuerSettings Settings => new(
        PresetName,
        Audiences!,
        AudienceClaim,
        JwksUrl,
        JwksText,
        Algorithms is { Length: > 0 } algorithms ? algorithms : null,
        LeewaySeconds,
        Claims,
        RequiredClaims,
        ClientId,
        People,
        IntrospectionUrl,
        IntrospectionClientId,
        JwksCaPem);

    private static string? Absent(string? text) => text is "" ? null : text;
}

/// <summary>What an issuer must look like.</summary>
internal abstract class IssuerRules<TInput> : AbstractValidator<TInput>
    where TInput : IssuerInput
{
    private const int MaxIssuer = 512;
    private const int MaxItems = 20;
    private const int MaxText = 255;
    private const int MaxInlineBytes = 256 * 1024;

    protected IssuerRules(IssuerOutbound outbound)
    {
        ClassLevelCascadeMode = CascadeMode.Stop;
        RuleFor(input => input.Preset).Must((input, _) => IssuerPreset.Find(input.PresetName) is not null).WithMessage(
            $"preset: one of {string.Join(", ", IssuerPreset.All.Select(preset => preset.Name))}");
        RuleFor(input => input.Issuer).NotEmpty().WithMessage("issuer is required: exactly what the tokens carry as iss").Malformed();
        RuleFor(input => input.Issuer).Custom((issuer, context) => Report(
            context, "issuer", IssuerProblem(issuer!, context.InstanceToValidate, outbound)));
        RuleFor(input => input.Audiences).NotEmpty().WithMessage(
            "audiences: name at least one; a token for another service must not open this one").Malformed();
        RuleFor(input => input.Audiences).Must(audiences => IsList(audiences!)).WithMessage(
            $"audiences: at most {MaxItems} different texts of 1 to {MaxText} characters, without control characters");
        RuleFor(input => input.AudienceClaim).Must(name => name is null or TrustedIssuer.Aud or "client_id").WithMessage(
            "audience_claim: aud, or client_id for a provider whose access tokens have no aud");
        RuleFor(input => input.JwksUrl).Must((input, url) => url is null || input.JwksText is null).WithMessage(
            "at most one of jwks_url and jwks may be set; without both the keys are found through discovery");
        RuleFor(input => input.JwksUrl).Custom((url, context) => Report(
            context, "jwks_url", url is null ? null : OutboundUrl.Parse(url, outbound.Options).Error?.Message));
        RuleFor(input => input.Jwks).Custom((_, context) => Report(context, "jwks", KeysProblem(context.InstanceToValidate.JwksText)));
        RuleFor(input => input.Algorithms).Must(
            names => names is null || (names.Length <= MaxItems && names.All(name => JwsAlgorithms.Find(name) is not null)))
            .WithMessage($"algorithms: of {string.Join(", ", Enum.GetNames<JwsAlgorithm>())}");
        RuleFor(input => input.LeewaySeconds).InclusiveBetween(0, (int)TokenTimes.MaxLeeway.TotalSeconds).WithMessage(
            $"leeway_seconds: from 0 to {TokenTimes.MaxLeeway.TotalSeconds}");
        RuleFor(input => input.Claims).Custom((claims, context) => Report(
            context,
            "claims",
            claims?.All.FirstOrDefault(claim => claim.Name is { } name && !IsText(name)) is { Name: not null } bad
                ? $"{bad.Field}: 1 to {MaxText} characters, without control characters"
                : null));
        RuleFor(input => input.RequiredClaims).Must(
            required => required is null || (required.Count <= MaxItems
                && required.All(claim => IsText(claim.Key) && claim.Value is not null && IsList(claim.Value))))
            .WithMessage($"required_claims: at most {MaxItems} claims, each with a list of the texts that it may have; [] for any");
        RuleFor(input => input.ClientId).Must(id => id is null || IsText(id)).WithMessage(
            $"client_id: at most {MaxText} characters, without control characters");
        RuleFor(input => input.ClientId).Must((input, id) => input.People is null || id is not null).WithMessage(
            "client_id is required with people: the public client that they sign in with");
        Introspection(outbound);
        RuleFor(input => input.People).Custom((people, context) =>
        {
            var issuer = context.InstanceToValidate.Issuer!;
            if (people?.Problem(issuer) is { } problem)
            {
                Report(context, problem.Field, problem.Message);
            }
            else if (people is not null)
            {
                Report(context, "issuer", OutboundUrl.Parse(issuer, outbound.Options).Error?.Message);
            }
        });
    }

    private void Introspection(IssuerOutbound outbound)
    {
        RuleFor(input => input.IntrospectionUrl).Custom((url, context) => Report(
            context, "introspection_url", url is null ? null : OutboundUrl.Parse(url, outbound.Options).Error?.Message));
        RuleFor(input => input.IntrospectionClientId).Must((input, id) => (id is null) == (input.IntrospectionUrl is null))
            .WithMessage("introspection_client_id: goes with introspection_url, and both with introspection_secret");
        RuleFor(input => input.IntrospectionClientId).Must(id => id is null || IsText(id)).WithMessage(
            $"introspection_client_id: at most {MaxText} characters, without control characters");
        RuleFor(input => input.IntrospectionSecret).Must(
            (input, secret) => secret is null
                || (input.IntrospectionUrl is not null && secret.RevealSpan().Length <= IssuerSecrets.MaxLength))
            .WithMessage($"introspection_secret: goes with introspection_url; at most {IssuerSecrets.MaxLength} characters");
        RuleFor(input => input.JwksCaPem).Must(pem => pem is null || PemRoots.Parse(pem) is not null).WithMessage(
            "jwks_ca_pem: 1 to 20 certificates in PEM, at most 64 KiB");
        RuleFor(input => input.JwksToken).Must(
            (input, token) => token is null or { IsEmpty: true } || (input.JwksUrl is not null
                && token.RevealSpan().Length <= IssuerSecrets.MaxLength && !token.RevealSpan().ContainsAnyExceptInRange('!', '~')))
            .WithMessage($"jwks_token: goes with jwks_url; at most {IssuerSecrets.MaxLength} ASCII characters without blanks");
    }

    private static bool IsList(string[] texts) =>
        texts.Length <= MaxItems && texts.All(text => text is not null && IsText(text))
            && texts.Distinct(StringComparer.Ordinal).Count() == texts.Length;

    private static bool IsText(string text) => text.Length is > 0 and <= MaxText && !text.Any(char.IsControl);

    // Keys that stand in the row are fetched from nowhere: then the issuer is a name, such as that of a cluster.
    private static string? IssuerProblem(string issuer, IssuerInput input, IssuerOutbound outbound) =>
        issuer.Length > MaxIssuer || issuer.Any(character => character is < '!' or > '~' or '#' or '\\')
            ? $"use at most {MaxIssuer} ASCII characters, without blanks, # and backslashes"
        : IssuerPreset.Find(input.PresetName) is { Name: "google", Issuer: { } only } && only != issuer
            ? $"with this preset it is {only}"
        : input.JwksText is not null || input.JwksUrl is not null
            ? null
            : OutboundUrl.Parse(issuer, outbound.Options).Error?.Message;

    private static string? KeysProblem(string? jwks)
    {
        if (jwks is null)
        {
            return null;
        }

        var document = Encoding.UTF8.GetBytes(jwks);
        return document.Length > MaxInlineBytes ? "at most 256 KiB"
            : jwks.Contains('\0', StringComparison.Ordinal) ? "must not hold NUL"
            : !IssuerKeySource.Parse(document).Succeeded(out var keys, out var error) ? error.Message
            : keys.Count == 0 ? $"holds no key that verifies signatures{(keys.Skipped is [var why, ..] ? $": {why}" : "")}"
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
