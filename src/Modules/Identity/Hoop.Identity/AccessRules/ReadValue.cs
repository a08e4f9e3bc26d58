using System.Globalization;
using System.Text.Json;
using Hoop.Identity.Vault;

namespace Hoop.Identity.AccessRules;

/// <summary>
/// One value of a field as the handler of the route reads it: a list gives its items, whichever way it is written, and pairs give
/// <c>key=value</c>. A rule that looked at the text of the request would be passed by another spelling of the same value.
/// </summary>
/// <param name="Written">The part as it is written, for patterns.</param>
/// <param name="Meant">What is read of it; two spellings of one value have one of it.</param>
internal readonly record struct ReadValue(string Written, string Meant)
{
    /// <param name="field">Null for one that the route does not read: then the parts are what they look like.</param>
    /// <param name="value">Of a request or of a rule: both are read alike.</param>
    /// <returns>Null when the route cannot read it, and refuses it for that.</returns>
    public static IReadOnlyList<ReadValue>? Of(VaultField? field, VaultValue value) => field?.Kind switch
    {
        VaultFieldKind.Text => FieldReader.Text(value) is { } text ? [Same(text)] : null,
        VaultFieldKind.Flag => FieldReader.Flag(value) is { } flag ? [new(value.Written, flag ? "true" : "false")] : null,
        VaultFieldKind.List => FieldReader.List(value)?.Select(Same).ToArray(),
        VaultFieldKind.Pairs when value.Kind == JsonValueKind.Null => [],
        VaultFieldKind.Pairs => FieldReader.Pairs(value)?.Select(pair => Same($"{pair.Key}={pair.Value}")).ToArray(),
        VaultFieldKind.Values when value.Kind == JsonValueKind.Null => [],
        VaultFieldKind.Values => FieldReader.Values(value)?.SelectMany(
            pair => Parts(pair.Value).Select(item => Same($"{pair.Key}={item.Written}"))).ToArray(),
        VaultFieldKind.Seconds => FieldReader.Text(value) is { } text && VaultDuration.TryParse(text, out var time)
            ? [new(text, ((int)time.TotalSeconds).ToString(CultureInfo.InvariantCulture))]
            : null,
        VaultFieldKind.Number => FieldReader.Text(value) is { } text
            ? [new(text, int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number.ToString(CultureInfo.InvariantCulture)
                : text.Length == 0 ? "0" : text)]
            : null,
        _ => value.Kind == JsonValueKind.Array ? [.. value.Items().Select(Unread)] : [Unread(value)],
    };

    /// <summary>A value of a rule for the field; a pattern that is no value of the kind is only compared with what is written.</summary>
    public static IReadOnlyList<ReadValue> OfRule(VaultField? field, VaultValue value) => Of(field, value) ?? [Unread(value)];

    private static ReadValue Same(string text) => new(text, text);

    private static ReadValue Unread(VaultValue value) => Same(value.Written);

    private static IEnumerable<VaultValue> Parts(VaultValue value) => value.Kind switch
    {
        JsonValueKind.Array => value.Items(),
        JsonValueKind.Null => [],
        _ => [value],
    };
}
