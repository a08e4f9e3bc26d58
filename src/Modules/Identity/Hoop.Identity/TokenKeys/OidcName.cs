namespace Hoop.Identity.TokenKeys;

/// <summary>The names of keys and roles.</summary>
internal static class OidcName
{
    public const int MaxLength = 128;

    public static void Rule<T>(IRuleBuilderInitial<T, string> rule) => rule
        .MaximumLength(MaxLength).WithMessage($"name: use at most {MaxLength} characters");
}
