namespace Hoop.Federation.Principals;

/// <summary>
/// The rule for what names a user of a session: it is shown, logged and kept in the audit trail, so it is one short line of text.
/// </summary>
internal static class UserText
{
    /// <summary>64 + 1 + 255: the longest address that RFC 5321 section 4.5.3.1 knows.</summary>
    public const int MaxLength = 320;

    public static IRuleBuilderOptions<T, string?> IsUserText<T>(this IRuleBuilder<T, string?> rule, string member) => rule
        .Must(text => text is null || text.Length <= MaxLength).WithMessage($"{member}: at most {MaxLength} characters").Malformed()
        .Must(text => text is null || !text.Any(character => char.IsControl(character) || char.IsSurrogate(character)))
        .WithMessage($"{member}: must not hold control characters").Malformed();
}
