using System.Security.Cryptography.X509Certificates;
using Hoop.Client.Tokens;
using Hoop.Client.Wire;

namespace Hoop.Client;

/// <summary>How to reach a gateway, and as whom.</summary>
/// <param name="Address">Of the gateway, such as <c>https://hoop.example.com</c>; a path before <c>/api</c> is kept.</param>
public sealed record HoopClientOptions(Uri Address)
{
    /// <summary>Who is calling; null for the calls that are open to everybody.</summary>
    public IHoopTokens? Tokens { get; init; }

    /// <summary>How long to wait for one answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>The only authorities to trust; null: those of the system.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>True: the gateway's certificate is not verified. For trials only.</summary>
    public bool SkipTlsVerify { get; init; }

    /// <summary>How the calling program names itself, for the gateway's log.</summary>
    public string Program { get; init; } = "hoop-client";

    /// <summary>Of that program.</summary>
    public string ProgramVersion { get; init; } = "0";

    /// <summary>Is told each call when its answer is there; never a token, a header or a body.</summary>
    public Action<HoopExchange>? Told { get; init; }
}
