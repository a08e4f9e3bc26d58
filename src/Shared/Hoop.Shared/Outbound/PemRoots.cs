using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Hoop.Shared.Outbound;

/// <summary>Certificates of authorities, as admins write them down for one URL.</summary>
public static class PemRoots
{
    private const int MaxLength = 64 * 1024;
    private const int MaxCount = 20;

    /// <summary>Null when the text holds no certificate, too many, or something that is none.</summary>
    public static X509Certificate2Collection? Parse(string pem)
    {
        ArgumentNullException.ThrowIfNull(pem);
        var roots = new X509Certificate2Collection();
        try
        {
            if (pem.Length <= MaxLength)
            {
                roots.ImportFromPem(pem);
            }
        }
        catch (CryptographicException)
        {
            return null;
        }

        return roots.Count is > 0 and <= MaxCount ? roots : null;
    }
}
