using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Issuers;

/// <summary><c>hoop admin delete issuer URL</c>: DELETE /api/issuers/{id}.</summary>
internal static class DeleteIssuer
{
    public static Command Command()
    {
        var name = ResourceList.Name("issuer", "URL", "URL or id of the issuer");
        return new Verb("issuer", "Refuse an identity provider's tokens from now on; its accounts stay", "issuers") { name }.With("""
            hoop admin delete issuer https://login.example.com/realms/main
            """).Showing(Formats.Named).For("DELETE /api/issuers/{id:uuid}").Does(async call =>
        {
            var issuer = await IssuerReference.Find(call, call.Value(name)!);
            var answer = await call.Api.Do(hoop => hoop.Issuers.Delete(Bodies.Id(issuer.Text("id")!), call.Stop));
            call.Done(answer, IssuerReference.Type, issuer.Text("issuer")!, "deleted");
        });
    }
}
