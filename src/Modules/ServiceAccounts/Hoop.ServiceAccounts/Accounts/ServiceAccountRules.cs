using Hoop.Shared;
using Hoop.Shared.Text;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>The shape of an account's members, the same for creation and update.</summary>
internal static class ServiceAccountRules
{
    private const int MaxText = 255;

    public static void Subject<T>(IRuleBuilderInitial<T, string?> rule) => rule.Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("subject is required").Malformed()
        .Must(subject => subject!.Length <= MaxText && !subject.Any(char.IsControl)).WithMessage(
            $"subject: use at most {MaxText} characters, without control characters")
        .Must(
            subject => !subject!.StartsWith("spiffe:", StringComparison.OrdinalIgnoreCase)).WithMessage(
                "subject: a SPIFFE ID is mapped with /api/spiffe-mappings instead");

    public static void Name<T>(IRuleBuilderInitial<T, string?> rule) => rule
        .Must(
            name => name is null || (name.Length <= MaxText && !name.Any(char.IsControl))).WithMessage(
                $"name: use at most {MaxText} characters, without control characters")
        .Must(name => !LeadingDash.IsIn(name)).WithMessage($"name: {LeadingDash.Problem}");

    public static void Status<T>(IRuleBuilderInitial<T, string?> rule) => rule.Cascade(CascadeMode.Stop)
        .NotEmpty().WithMessage("status is required: active or inactive").Malformed()
        .Must(status => status is "active" or "inactive").WithMessage(
            (_, status) => $"wrong status value \"{Printable.Word(status)}\": use active or inactive");

    public static void Groups<T>(IRuleBuilderInitial<T, string[]?> rule) => rule
        .Must(groups => GroupNames.Problem(groups) is null).WithMessage((_, groups) => $"groups: {GroupNames.Problem(groups)}");

    public static void Owner<T>(IRuleBuilderInitial<T, string?> rule) => rule
        .Must(owner => owner is null || (owner.Length <= MaxText && !owner.Any(char.IsControl))).WithMessage(
            $"owner: use at most {MaxText} characters, without control characters");

    public static void ExpiresAt<T>(IRuleBuilderInitial<T, string?> rule) => rule
        .Must(text => string.IsNullOrEmpty(text) || text == Expiry.Never || Expiry.Of(text) is not null).WithMessage(
            "expires_at: a time such as 2027-01-31T00:00:00Z, or never");

    /// <summary>Which account: the subject of the path, or of ?subject=.</summary>
    public static void Address<T>(IRuleBuilderInitial<T, AccountAddress> rule) => rule.Cascade(CascadeMode.Stop)
        .Must(address => address.Subject.Length > 0).WithMessage(
            "subject is required: name the account in the path, or as ?subject=").Malformed()
        .Must(address => IsText(address.Subject)).WithMessage("subject: must not hold control characters").Malformed()
        .Must(address => IsText(address.Issuer)).WithMessage("issuer: must not hold control characters").Malformed();

    /// <summary>A filter.</summary>
    public static void Text<T>(IRuleBuilderInitial<T, string?> rule, string name) => rule
        .Must(IsText).WithMessage($"{name}: must not hold control characters").Malformed();

    private static bool IsText(string? text) => text is null || !text.Any(char.IsControl);
}
