using System.Security.Cryptography;

namespace Hoop.Federation.Minting;

/// <summary>Reads <c>private_key</c> of a key file, and says which of the usual faults it has; the text itself is never repeated.</summary>
internal static class AdminKeyPem
{
    private const int MinBits = 2048;

    // Above this a signature takes seconds; Google takes keys of 1,024, 2,048 and 4,096 bits.
    private const int MaxBits = 8192;

    /// <summary>What is wrong, or null.</summary>
    public static string? Problem(string pem)
    {
        if (pem.Contains("\\n", StringComparison.Ordinal))
        {
            return "private_key holds the two characters \\ and n where lines end: it was escaped twice on its way; use the file as Google made it";
        }

        if (pem.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            return "private_key is encrypted; Google's key files are not, and there is no place for its password";
        }

        if (!PemEncoding.TryFind(pem, out var fields))
        {
            return "private_key is not in PEM form: it must begin with -----BEGIN PRIVATE KEY-----";
        }

        var label = pem[fields.Label];
        if (label is not ("PRIVATE KEY" or "RSA PRIVATE KEY"))
        {
            return label == "EC PRIVATE KEY" ? NotRsa : "private_key holds no private key, but something else in PEM form";
        }

        return SizeOf(pem) switch
        {
            null => IsElliptic(pem) ? NotRsa : "private_key is damaged: it is in PEM form, but cannot be read as an RSA key",
            < MinBits and var bits => $"private_key has {bits} bits; at least {MinBits} are needed",
            > MaxBits and var bits => $"private_key has {bits} bits; at most {MaxBits} are taken",
            _ => null,
        };
    }

    private const string NotRsa = "private_key is a key for elliptic curves; Google's key files hold RSA keys";

    private static int? SizeOf(string pem)
    {
        using var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            return key.KeySize;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private static bool IsElliptic(string pem)
    {
        using var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            return true;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return false;
        }
    }
}
