using System.Text.Json;
using System.Text.Json.Serialization;
using Hoop.ServiceAccounts.Issuers;

namespace Hoop.ServiceAccounts.Rules;

/// <summary>Conditions for a job of GitHub Actions or GitLab CI, each in a field of its own.</summary>
internal sealed record CiJob(string? Owner, string? Repository, string? Branch, string? Environment, string? Workflow);

/// <summary>Conditions for a pod's service account.</summary>
internal sealed record ClusterAccount(string? Namespace, string? ServiceAccount);

/// <summary>The body of create and update.</summary>
internal abstract record RuleInput
{
    public string? Name { get; init; }

    public string? Issuer { get; init; }

    public int? Priority { get; init; }

    public ClaimCondition[]? Conditions { get; init; }

    public CiJob? Github { get; init; }

    public CiJob? Gitlab { get; init; }

    public ClusterAccount? Kubernetes { get; init; }

    /// <summary><c>{sub}</c> when left out.</summary>
    public string? AccountName { get; init; }

    public string[]? Groups { get; init; }

    public int? LifetimeSeconds { get; init; }

    /// <summary>Those that were written, and those that follow from the fields of a provider.</summary>
    [JsonIgnore]
    public ClaimCondition[] All =>
    [
        .. Conditions ?? [],
        .. Of(
            ("repository_owner", Github?.Owner),
            ("repository", Github?.Repository),
            ("ref", Github?.Branch is { } branch ? "refs/heads/" + branch : null),
            ("environment", Github?.Environment),
            ("workflow", Github?.Workflow)),
        .. Of(
            ("namespace_path", Gitlab?.Owner),
            ("project_path", Gitlab?.Repository),
            ("ref", Gitlab?.Branch),
            ("ref_type", Gitlab?.Branch is null ? null : "branch"),
            ("environment", Gitlab?.Environment),
            ("ci_config_ref_uri", Gitlab?.Workflow)),
        .. Of(
            ("/kubernetes.io/namespace", Kubernetes?.Namespace),
            ("/kubernetes.io/serviceaccount/name", Kubernetes?.ServiceAccount)),
    ];

    [JsonIgnore]
    public RuleSettings Settings => new(All, AccountName ?? "{sub}", Groups ?? [], LifetimeSeconds);

    private static IEnumerable<ClaimCondition> Of(params (string Claim, string? Value)[] fields) => fields
        .Where(field => field.Value is not null)
        .Select(field => new ClaimCondition(field.Claim, JsonSerializer.SerializeToElement(field.Value)));
}

/// <summary>What a rule must look like.</summary>
internal abstract class RuleRules<TInput> : AbstractValidator<TInput>
    where TInput : RuleInput
{
    private const int MostConditions = 20;

    protected RuleRules()
    {
        ClassLevelCascadeMode = CascadeMode.Stop;
        RuleFor(input => input.Name).NotEmpty().WithMessage("name is required").Malformed();
        RuleFor(input => input.Name).Matches(@"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}\z").WithMessage(
            "name: 1 to 128 letters, digits, dots, dashes and underscores");
        RuleFor(input => input.Issuer).NotEmpty().WithMessage("issuer is required: whose tokens the rule takes").Malformed();
        RuleFor(input => input.Priority).InclusiveBetween(-1000, 1000).WithMessage("priority: from -1000 to 1000; the highest wins");
        RuleFor(input => input.Conditions).Must(conditions => conditions is null || !conditions.Contains(null)).WithMessage(
            "conditions: each is an object");
        RuleFor(input => input.Conditions).Must((input, _) => input.All.Length is > 0 and <= MostConditions).WithMessage(
            $"conditions: 1 to {MostConditions}; without any, every token of the issuer would have the account");
        RuleFor(input => input.Conditions).Custom((_, context) => Report(
            context,
            "conditions",
            context.InstanceToValidate.All.Select(condition => condition.Problem).FirstOrDefault(problem => problem is not null)));
        RuleFor(input => input.Issuer).Custom((issuer, context) => Report(
            context, field: null, SharedIssuers.Problem(issuer!, context.InstanceToValidate.All)));
        RuleFor(input => input.AccountName).Custom((_, context) => Report(
            context, field: null, NameTemplate.Parse(context.InstanceToValidate.Settings.AccountName).Error?.Message));
        RuleFor(input => input.Groups).Must(groups => GroupNames.Problem(groups) is null).WithMessage(
            (_, groups) => $"groups: {GroupNames.Problem(groups)}");
        RuleFor(input => input.LifetimeSeconds).InclusiveBetween(60, 86_400).WithMessage("lifetime_seconds: from 60 to 86400");
    }

    private static void Report(ValidationContext<TInput> context, string? field, string? problem)
    {
        if (problem is not null)
        {
            context.AddFailure(field ?? problem.Split(':')[0], field is null ? problem : $"{field}: {problem}");
        }
    }
}

/// <summary>What both writes ask of the organization's issuers.</summary>
internal sealed class RuleIssuer(IssuerFinder issuers, IssuerDirectory directory, ICaller caller)
{
    /// <summary>Null when the organization trusts the issuer.</summary>
    public async Task<Error?> Problem(string issuer, CancellationToken cancellationToken) =>
        (await issuers.Names(cancellationToken)).Contains(issuer, StringComparer.Ordinal)
            ? null
            : Error.Invalid(
                "issuer: is none that this organization trusts; see GET /api/issuers (hoop admin get issuers)", "unknown_issuer");

    public IReadOnlyList<string> Warnings(RuleInput input)
    {
        var preset = directory.FindAll(input.Issuer!).FirstOrDefault(entry => entry.Trusted.OrgId == caller.OrgId)?.Trusted.Preset.Name;
        return SharedIssuers.Warnings(input.Issuer!, preset ?? "", input.All);
    }
}
