using System.Text;
using System.Text.Json;

namespace Hoop.Identity.ClaimTemplates;

/// <summary>
/// The claims of a role's tokens, as Vault's templates write them: JSON with directives in double braces, each replaced by a JSON value.
/// Inside of a text a directive is replaced by the bare text. No directive can make a claim's name, and what comes out is parsed strictly
/// again, so that nobody's metadata becomes a claim.
/// </summary>
internal sealed class ClaimTemplate
{
    /// <summary>Of the text, in bytes.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>Of all claims together, in bytes: verifiers read no endless tokens.</summary>
    public const int MaxClaims = 8 * 1024;

    // No JSON needs it, no name may hold it: it stands for what is not known yet.
    private const char Unknown = '\uE000';

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    private readonly IReadOnlyList<Part> _parts;
    private readonly SpiffeSubject? _subject;

    private ClaimTemplate(IReadOnlyList<Part> parts, SpiffeSubject? subject) => (_parts, _subject) = (parts, subject);

    public bool NeedsGroups => _parts.Any(part => part.Directive is { NeedsGroups: true });

    public bool NeedsAliases => _parts.Any(part => part.Directive is { NeedsAliases: true });

    /// <summary>The tokens name a SPIFFE ID instead of the entity.</summary>
    public bool NamesSubject => _subject is not null;

    /// <summary>Vault takes a template as it is, or as its base64.</summary>
    public static string Decode(string text)
    {
        var bytes = new byte[text.Length];
        return text.Length > 0 && !text.TrimStart().StartsWith('{') && Convert.TryFromBase64String(text, bytes, out var length)
            && System.Text.Unicode.Utf8.IsValid(bytes.AsSpan(0, length))
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : text;
    }

    /// <summary>Null for a template without claims, or when there is a <paramref name="problem"/>.</summary>
    public static ClaimTemplate? Parse(string text, out string? problem)
    {
        problem = null;
        if (text.Length == 0)
        {
            return null;
        }

        if (Encoding.UTF8.GetByteCount(text) > MaxBytes)
        {
            problem = $"error parsing template: it has more than {MaxBytes} bytes";
            return null;
        }

        if (Split(text, out var parts) is { } unreadable)
        {
            problem = $"error parsing template: {unreadable}";
            return null;
        }

        problem = Check(Fill(parts, (directive, inText) => directive.StandIn(Unknown, inText)), out var subject);
        return problem is null ? new ClaimTemplate(parts, subject) : null;
    }

    /// <summary>The claims, or why there are none.</summary>
    /// <param name="problem">One line.</param>
    public JsonElement? Render(EntityTold entity, DateTimeOffset now, out string? problem)
    {
        problem = null;
        string? missing = null;
        var text = Fill(_parts, (directive, inText) =>
        {
            if (directive.ValueOf(entity, now, inText, out var value) is { } why)
            {
                missing = why;
            }

            return value;
        });
        if (missing is not null)
        {
            problem = missing;
            return null;
        }

        if (Encoding.UTF8.GetByteCount(text) > MaxClaims)
        {
            problem = $"the claims have more than {MaxClaims} bytes";
            return null;
        }

        try
        {
            // What a directive brings in, metadata say, is only known here.
            var claims = JsonElement.Parse(text, Strict);
            if (claims.ValueKind == JsonValueKind.Object && !claims.EnumerateObject().Any(IsReserved))
            {
                return claims;
            }

            problem = "what the template gives is no object, or holds a claim that only the gateway writes";
            return null;
        }
        catch (JsonException)
        {
            problem = "what the template gives is not JSON, or repeats a member";
            return null;
        }
    }

    private bool IsReserved(JsonProperty member) =>
        ReservedClaims.All.Contains(member.Name, StringComparer.Ordinal) && !(member.Name == "sub" && _subject is not null);

    /// <summary>The subject of rendered claims; null when the template names none.</summary>
    /// <param name="problem">Why it is no SPIFFE ID that the template stands for.</param>
    public string? SubjectOf(JsonElement? claims, out string? problem)
    {
        problem = null;
        if (_subject is null)
        {
            return null;
        }

        var subject = claims is { } some && some.TryGetProperty("sub", out var member) ? member.GetString() : null;
        problem = subject is null ? "no sub" : _subject.Problem(subject);
        return subject;
    }

    private static string? Check(string sample, out SpiffeSubject? subject)
    {
        subject = null;
        try
        {
            using var document = JsonDocument.Parse(sample, Strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return "error parsing template JSON: it must be an object";
            }

            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (member.Name.Contains(Unknown, StringComparison.Ordinal))
                {
                    return "error parsing template JSON: a directive cannot be the name of a claim";
                }

                subject = member.Name == "sub" && member.Value.ValueKind == JsonValueKind.String
                    ? SpiffeSubject.Of(member.Value.GetString()!, Unknown)
                    : subject;
                if (ReservedClaims.All.Contains(member.Name, StringComparer.Ordinal) && !(member.Name == "sub" && subject is not null))
                {
                    return $"top level key \"{member.Name}\" not allowed. Restricted keys: {string.Join(", ", ReservedClaims.All)}";
                }
            }

            return null;
        }
        catch (JsonException exception)
        {
            return exception.LineNumber is { } line
                ? $"error parsing template JSON: not valid at line {line + 1}, byte {exception.BytePositionInLine + 1}"
                : "error parsing template JSON: a member is there twice";
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            // As an escape, or as it is.
            return "error parsing template JSON: a text holds half of a surrogate pair";
        }
    }

    private static string Fill(IReadOnlyList<Part> parts, Func<Directive, bool, string> valueOf)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
        {
            text.Append(part.Directive is { } directive ? valueOf(directive, part.InText) : part.Literal);
        }

        return text.ToString();
    }

    private static string? Split(string text, out List<Part> parts)
    {
        parts = [];
        var (from, inText) = (0, false);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && inText)
            {
                i++;
            }
            else if (text[i] == '"')
            {
                inText = !inText;
            }
            else if (text[i] == '{' && i + 1 < text.Length && text[i + 1] == '{')
            {
                var close = text.IndexOf("}}", i, StringComparison.Ordinal);
                var name = close < 0 ? "{{" : text[(i + 2)..close];
                if (name.Contains("{{", StringComparison.Ordinal) || name.Contains('"', StringComparison.Ordinal))
                {
                    return "unbalanced templating characters";
                }

                if (Directive.Parse(name.Trim(), out var problem) is not { } directive)
                {
                    return problem;
                }

                if (inText && directive.IsWhole)
                {
                    return "a list or an object cannot stand inside of a text";
                }

                parts.Add(new Part(text[from..i], Directive: null, inText));
                parts.Add(new Part("", directive, inText));
                (from, i) = (close + 2, close + 1);
            }
        }

        parts.Add(new Part(text[from..], Directive: null, inText));
        return null;
    }

    private sealed record Part(string Literal, Directive? Directive, bool InText);
}
