using System.Text.Json.Nodes;

namespace Hoop.Cli.Gateway;

/// <summary>
/// The access token of a session, replaced before it ends. Many commands at once refresh once: a provider that gives each refresh token
/// for one use takes the second use for theft and ends the whole session.
/// </summary>
/// <param name="tell">Shows the gateway what the issuer says now: POST /api/signin without a token.</param>
/// <param name="warn">Says what the user should know.</param>
/// <param name="waits">Is told when another command refreshes just now.</param>
internal sealed class SessionTokens(
    SessionFile file,
    Func<JsonObject, CancellationToken, Task<Answer>> tell,
    Action<string>? warn,
    TimeProvider clock,
    Action? waits = null)
{
    /// <exception cref="CliFailure">The session has ended, or the issuer cannot be asked and the token is over.</exception>
    public async Task<string> Token(CancellationToken stop)
    {
        var session = file.Read() ?? throw Ended();
        if (!session.IsDue(clock.GetUtcNow()))
        {
            return session.AccessToken;
        }

        if (!session.CanRefresh)
        {
            return session.IsOver(clock.GetUtcNow())
                ? throw new CliFailure("your access token has expired, and there is no refresh token to get another one. Run: hoop login")
                : session.AccessToken;
        }

        using (await file.Lock(patience: null, waits, stop))
        {
            // Somebody may have refreshed while this one waited. A token that lives for less than a minute is due from the start.
            var before = session.AccessToken;
            session = file.Read() ?? throw Ended();
            var isNew = session.AccessToken != before && !session.IsOver(clock.GetUtcNow());
            return session.IsDue(clock.GetUtcNow()) && session.CanRefresh && !isNew
                ? await Refreshed(session, stop)
                : session.AccessToken;
        }
    }

    private static CliFailure Ended() => new("your sign-in has ended. Run: hoop login");

    private async Task<string> Refreshed(Session session, CancellationToken stop)
    {
        ProviderAnswer answer;
        try
        {
            answer = await Provider.Post(session.TokenEndpoint!, FormOf(session), stop);
        }
        catch (ProviderSilence silence)
        {
            return StillGood(session, silence.Message, isForNow: true);
        }

        if (!answer.IsGood)
        {
            // Once more: a command of an older kind, or another machine with the same home, may have been faster.
            if (answer.Error == "invalid_grant" && file.Read() is { } since && since.RefreshToken != session.RefreshToken)
            {
                return since.AccessToken;
            }

            return answer.Error == "invalid_grant" && !answer.IsForNow
                ? throw new CliFailure($"your sign-in has ended at {session.Issuer} ({answer.Told}). Run: hoop login")
                : answer.IsForNow ? StillGood(session, $"{session.Issuer}: {answer.Told}", isForNow: true)
                : StillGood(session, $"{session.Issuer} refuses to refresh: {answer.Told}");
        }

        var next = session.With(answer.Body, clock.GetUtcNow());
        if (session.FromGateway)
        {
            var held = next with { AccessToken = session.AccessToken, ExpiresAt = session.ExpiresAt };
            return await Exchanged(answer.Body.Text("id_token"), held, stop);
        }

        // Before anything else that could fail: the old refresh token may be spent.
        file.Write(next);
        await Tell(answer.Body.Text("id_token"), next, stop);
        return next.AccessToken;
    }

    /// <summary>The gateway's own token for the new ID token.</summary>
    private async Task<string> Exchanged(string? idToken, Session next, CancellationToken stop)
    {
        // The new refresh token first: the old one may be spent.
        file.Write(next);
        if (idToken is null)
        {
            return StillGood(next, $"{next.Issuer} gave no ID token when it refreshed");
        }

        var answer = await tell(new JsonObject { ["id_token"] = idToken, ["token"] = true }, stop);
        if (Refusal.IsForNow(answer))
        {
            return StillGood(next, $"the gateway: {Refusal.MessageOf(answer)}{Refusal.Later(answer)}", isForNow: true);
        }

        if (!answer.IsGood)
        {
            throw new CliFailure($"the gateway did not accept the sign-in: {Refusal.MessageOf(answer)}. Run: hoop login");
        }

        var own = next.WithOwn(answer.Object);
        file.Write(own);
        return own.AccessToken;
    }

    /// <param name="isForNow">Nothing was refused: the sign-in is as good as before.</param>
    private string StillGood(Session session, string problem, bool isForNow = false)
    {
        if (session.IsOver(clock.GetUtcNow()))
        {
            throw isForNow
                ? new CliFailure(
                    $"your access token has expired and cannot be replaced now: {problem}. Your sign-in is kept: try again in a moment")
                : new CliFailure($"your access token has expired and cannot be replaced: {problem}. Try again, or run: hoop login");
        }

        warn?.Invoke($"{problem}; the access token is good until {session.ExpiresAt:HH:mm:ss}");
        return session.AccessToken;
    }

    /// <summary>The gateway learns groups and name anew. What it refuses shows in the command's own call.</summary>
    private async Task Tell(string? idToken, Session session, CancellationToken stop)
    {
        var body = idToken is null
            ? new JsonObject { ["access_token"] = session.AccessToken }
            : new JsonObject { ["id_token"] = idToken };
        try
        {
            var answer = await tell(body, stop);
            if (Refusal.IsForNow(answer))
            {
                warn?.Invoke($"the gateway could not look at the sign-in: {Refusal.MessageOf(answer)}{Refusal.Later(answer)}");
            }
            else if (!answer.IsGood && (idToken is not null || answer.Status == System.Net.HttpStatusCode.Forbidden))
            {
                warn?.Invoke($"the gateway does not take the sign-in over: {Refusal.MessageOf(answer)}");
            }
        }
        catch (CliFailure failure)
        {
            warn?.Invoke(failure.Message);
        }
    }

    private static IEnumerable<KeyValuePair<string, string?>> FormOf(Session session) =>
    [
        new("grant_type", "refresh_token"),
        new("refresh_token", session.RefreshToken),
        new("client_id", session.ClientId),
        new("client_secret", session.ClientSecret),
    ];
}
