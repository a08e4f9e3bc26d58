using System.Net.Http.Headers;
using System.Text;
using Hoop.Shared.Secrets;

namespace Hoop.Shared.Outbound;

/// <summary>What <see cref="OutboundHttp.Post"/> sends: fields, and the client that sends them (RFC 6749 section 2.3.1, Basic).</summary>
/// <param name="Fields">By name; each may be secret.</param>
/// <param name="ClientId">Of the caller, at the other side.</param>
public sealed record OutboundForm(IReadOnlyDictionary<string, SecretText> Fields, string ClientId, SecretText ClientSecret)
{
    internal void WriteTo(HttpRequestMessage request)
    {
        // The standard has both encoded as in a form before they are joined, since an id may hold a colon.
        var pair = $"{Encoded(ClientId)}:{Encoded(ClientSecret.Reveal())}";
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        request.Content = new ByteArrayContent(Encoding.ASCII.GetBytes(
            string.Join('&', Fields.Select(field => $"{Encoded(field.Key)}={Encoded(field.Value.Reveal())}"))));
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
    }

    private static string Encoded(string text) => Uri.EscapeDataString(text);
}
