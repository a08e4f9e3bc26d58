using System.CommandLine;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.SignIn;

/// <summary><c>hoop logout</c>: the refresh token is revoked at the provider (RFC 7009), and what was kept is deleted.</summary>
internal static class LogoutCommand
{
    public static Command Command() => new Verb("logout", "Forget the sign-in, and end it at the provider")
    {
        Call.Output,
    }.With("""
        hoop logout
        """).Does(async call =>
    {
        var file = call.Session;
        var gateway = call.Settings.ApiUrl.AbsoluteUri.TrimEnd('/');
        using (await file.Lock(patience: null, waits: null, call.Stop))
        {
            // A file that cannot be read is deleted as well.
            Session? session = null;
            try
            {
                session = file.Read();
            }
            catch (CliFailure failure)
            {
                call.Warning(failure.Message);
            }

            var existed = file.Delete();
            if (session is { RefreshToken: { } token, RevocationEndpoint: { } endpoint })
            {
                await Revoke(call, endpoint, token, session);
            }

            if (call.Json)
            {
                call.Raw(new JsonObject { ["api_url"] = gateway, ["result"] = existed ? "logged_out" : "not_logged_in" }.ToJsonString());
            }
            else
            {
                call.Line(existed ? $"logged out of {gateway}" : $"there was no sign-in for {gateway}");
            }
        }
    });

    private static async Task Revoke(Call call, Uri endpoint, string token, Session session)
    {
        try
        {
            var answer = await Provider.Post(
                endpoint,
                [
                    new("token", token),
                    new("token_type_hint", "refresh_token"),
                    new("client_id", session.ClientId),
                    new("client_secret", session.ClientSecret),
                ],
                call.Stop);
            if (!answer.IsGood)
            {
                call.Warning($"{session.Issuer} did not revoke the refresh token: {answer.Told}");
            }
        }
        catch (ProviderSilence silence)
        {
            call.Warning($"the refresh token was not revoked at {session.Issuer}: {silence.Message}");
        }
    }
}
