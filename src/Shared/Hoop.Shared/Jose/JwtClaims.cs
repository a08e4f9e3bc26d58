using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Hoop.Shared.Callers;

namespace Hoop.Shared.Jose;

/// <summary>
/// The claims of a JWT (RFC 7519 section 4), read strictly: no member twice, registered claims of the right type. Reading says nothing
/// about their truth. It looks into the payload of a <see cref="CompactJws"/> and must not outlive it.
/// </summary>
public readonly ref struct JwtClaims
{
    /// <summary>The last second of the year 9999, and so of <see cref="DateTimeOffset"/>.</summary>
    private const long LastSecond = 253_402_300_799;

    private readonly ReadOnlySpan<byte> _payload;

    private JwtClaims(ReadOnlySpan<byte> payload, string[] audience)
    {
        _payload = payload;
        Audience = audience;
    }

    public string? Issuer { get; private init; }

    public string? Subject { get; private init; }

    /// <summary>Empty when <c>aud</c> is absent or an empty array.</summary>
    public string[] Audience { get; }

    /// <summary><c>exp</c> is demanded (SPIRE 1.12.3 forgot to), and a number: text is refused.</summary>
    public TokenTimes Times { get; private init; }

    public static bool TryRead(ReadOnlySpan<byte> payload, out JwtClaims claims, [NotNullWhen(false)] out Refusal? refusal)
    {
        claims = default;
        refusal = StrictJson.Problem(payload) is { } problem ? Refusal.Malformed("the payload " + problem) : null;
        if (refusal is not null)
        {
            return false;
        }

        string? issuer = null, subject = null, mistyped = null;
        string[] audience = [];
        DateTimeOffset? expiresAt = null, notBefore = null, issuedAt = null;
        var reader = StrictJson.Reader(payload);
        reader.Read();
        while (mistyped is null && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("iss"u8))
            {
                mistyped = ReadText(ref reader, out issuer) ? null : "iss is not a string";
            }
            else if (reader.ValueTextEquals("sub"u8))
            {
                mistyped = ReadText(ref reader, out subject) ? null : "sub is not a string";
            }
            else if (reader.ValueTextEquals("aud"u8))
            {
                mistyped = ReadTexts(ref reader, out audience) ? null : "aud is neither a string nor an array of strings";
            }
            else if (reader.ValueTextEquals("exp"u8))
            {
                mistyped = ReadTime(ref reader, out expiresAt) ? null : "exp is not a number of seconds since 1970";
            }
            else if (reader.ValueTextEquals("nbf"u8))
            {
                mistyped = ReadTime(ref reader, out notBefore) ? null : "nbf is not a number of seconds since 1970";
            }
            else if (reader.ValueTextEquals("iat"u8))
            {
                mistyped = ReadTime(ref reader, out issuedAt) ? null : "iat is not a number of seconds since 1970";
            }
            else
            {
                reader.Skip();
            }
        }

        mistyped ??= expiresAt is null ? "exp is missing" : null;
        refusal = mistyped is null ? null : Refusal.Malformed(mistyped);
        if (refusal is not null)
        {
            return false;
        }

        claims = new JwtClaims(payload, audience)
        {
            Issuer = issuer,
            Subject = subject,
            Times = new TokenTimes(expiresAt!.Value, notBefore, issuedAt),
        };
        return true;
    }

    /// <summary>The claim is there, whatever its value.</summary>
    public bool Has(string name) => Find(name, out _);

    /// <summary>The claim is there and is <c>true</c>, or the text that some providers write in its place.</summary>
    public bool IsTrue(string name) => Find(name, out var reader) && reader.Read()
        && (reader.TokenType == JsonTokenType.True || (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("true"u8)));

    /// <summary>
    /// Another claim that is a string. <paramref name="value"/> is null when it is absent; false when it has another type.
    /// </summary>
    public bool TryGetString(string name, out string? value)
    {
        value = null;
        return !Find(name, out var reader) || ReadText(ref reader, out value);
    }

    /// <summary>Another claim that is a string or an array of strings. Empty when it is absent; false when it has another type.</summary>
    public bool TryGetStrings(string name, out string[] values)
    {
        values = [];
        return !Find(name, out var reader) || ReadTexts(ref reader, out values);
    }

    /// <summary>Stops on the name of the member.</summary>
    private bool Find(string name, out Utf8JsonReader reader)
    {
        reader = StrictJson.Reader(_payload);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(name))
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }

    private static bool ReadText(ref Utf8JsonReader reader, out string? text)
    {
        reader.Read();
        text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return text is not null;
    }

    private static bool ReadTexts(ref Utf8JsonReader reader, out string[] texts)
    {
        texts = [];
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            texts = [reader.GetString()!];
            return true;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return false;
        }

        var elements = reader;
        var count = 0;
        while (elements.Read() && elements.TokenType == JsonTokenType.String)
        {
            count++;
        }

        if (elements.TokenType != JsonTokenType.EndArray)
        {
            return false;
        }

        texts = new string[count];
        for (var i = 0; i < count; i++)
        {
            reader.Read();
            texts[i] = reader.GetString()!;
        }

        reader.Read();
        return true;
    }

    /// <summary>
    /// RFC 7519 section 2, NumericDate: seconds since 1970, fractions allowed. Outside 1970 to 9999 it is a mistake or an attack.
    /// </summary>
    private static bool ReadTime(ref Utf8JsonReader reader, out DateTimeOffset? time)
    {
        time = null;
        reader.Read();
        if (reader.TokenType != JsonTokenType.Number)
        {
            return false;
        }

        if (reader.TryGetInt64(out var seconds))
        {
            time = seconds is >= 0 and <= LastSecond ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
        }
        else if (reader.TryGetDouble(out var fractional))
        {
            time = fractional is >= 0 and <= LastSecond
                ? DateTimeOffset.UnixEpoch.AddTicks((long)(fractional * TimeSpan.TicksPerSecond))
                : null;
        }

        return time is not null;
    }
}
