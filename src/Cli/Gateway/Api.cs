using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.Configuration;
using Hoop.Client;
using Hoop.Client.Tokens;
using Hoop.Client.Wire;

namespace Hoop.Cli.Gateway;

/// <summary>
/// The gateway's API as commands use it: the calls of Hoop.Client, with what people are told when they go wrong. What a command shows as
/// JSON is the answer as it came.
/// </summary>
/// <param name="patience">How long to wait for an answer.</param>
/// <param name="debug">Is told each request and its status.</param>
/// <param name="waiting">Is told when an answer takes long.</param>
/// <param name="warn">Is told what the user should know about the sign-in.</param>
internal sealed class Api(
    Settings settings, TimeSpan patience, Action<string>? debug, Action<string>? waiting, Action<string>? warn = null)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    /// <summary>The typed calls, as any program has them.</summary>
    private HoopClient Client => field ??= new HoopClient(
        Connection.Options(settings, patience, debug) with { Tokens = Tokens });

    private CommandTokens Tokens => field ??= new CommandTokens(Token);

    /// <summary>One call, and the answer as it came, whatever it is.</summary>
    /// <exception cref="CliFailure">No answer came, or there is no token.</exception>
    public Task<Answer> Try<T>(Func<HoopClient, Task<HoopAnswer<T>>> call) => Try(async hoop => (await call(hoop)).Raw);

    /// <summary>As the other, for calls that answer nothing.</summary>
    public async Task<Answer> Try(Func<HoopClient, Task<HoopAnswer>> call) => Of(await Told(() => Raw(Client, call)), Tokens.Last);

    /// <summary>One call, and its good answer.</summary>
    /// <exception cref="CliFailure">It is refused, no answer came, or there is no token.</exception>
    public async Task<Answer> Do<T>(Func<HoopClient, Task<HoopAnswer<T>>> call) => (await Try(call)).OrFail();

    /// <summary>As the other, for calls that answer nothing.</summary>
    public async Task<Answer> Do(Func<HoopClient, Task<HoopAnswer>> call) => (await Try(call)).OrFail();

    /// <summary>Null when there is no such resource.</summary>
    public async Task<Answer?> Find<T>(Func<HoopClient, Task<HoopAnswer<T>>> call) =>
        await Try(call) is { Status: not HttpStatusCode.NotFound } answer ? answer.OrFail() : null;

    /// <summary>A call of the surface that follows Vault, whatever is answered.</summary>
    /// <param name="path">Behind <c>/v1/</c>; parts that come from elsewhere are escaped.</param>
    public Task<Answer> V1(HttpMethod method, string path, CancellationToken stop, JsonObject? body = null) => Try(hoop =>
        hoop.V1.Send(method, path, body is null ? null : JsonElement.Parse(body.ToJsonString()), stop));

    /// <summary>All rows of a list, a page at a time.</summary>
    public async Task<IReadOnlyList<JsonElement>> Rows<T>(Func<HoopClient, HoopPages<T>> list, CancellationToken stop)
    {
        var rows = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await Do(hoop => list(hoop).Page(cursor, stop));
            rows.AddRange(page.List);
            cursor = page.NextCursor is { Length: > 0 } next && next != cursor ? next : null;
        }
        while (cursor is not null);
        return rows;
    }

    /// <summary>Who a token that is to be tried before it is kept is to the gateway.</summary>
    public async Task<Answer> WhoIs(string token, CancellationToken stop)
    {
        using var other = new HoopClient(Connection.Options(settings, patience, debug) with { Tokens = new FixedToken(token) });
        return Of(await Told(() => Raw(other, async hoop => (await hoop.Server.GetUserInfo(stop)).Raw)), token);
    }

    /// <summary>Whether the gateway takes this token.</summary>
    public async Task<bool> Takes(string token, CancellationToken stop)
    {
        var legal = token.Length > 0 && !token.AsSpan().ContainsAnyExceptInRange('!', '~');
        if (!legal)
        {
            return false;
        }

        var answer = await WhoIs(token, stop);
        return Refusal.IsForNow(answer) ? throw Refusal.Of(answer) : answer.Status != HttpStatusCode.Unauthorized;
    }

    /// <summary>What to prove ourselves with: the configured token, or that of the sign-in, replaced before it ends.</summary>
    /// <exception cref="CliFailure">There is none.</exception>
    public async Task<string> Token(CancellationToken stop)
    {
        if (settings.Token is { } token)
        {
            return token;
        }

        return settings.Session is { } path && new SessionFile(path) is { Exists: true } session
            ? await new SessionTokens(
                session,
                (body, cancel) => Try(hoop => hoop.Server.SignIn(body.As(HoopJson.Default.SignInBody), cancel)),
                warn,
                TimeProvider.System).Token(stop)
            : throw new CliFailure(
                "not signed in: no token is configured. Run: hoop login, or hoop config create --api-url URL --token-file FILE, "
                    + "or set HOOP_TOKEN");
    }

    /// <summary>What a typed call was answered, unread, so that members which this program does not know are shown too.</summary>
    private static async Task<HoopAnswer> Raw(HoopClient client, Func<HoopClient, Task<HoopAnswer>> call)
    {
        try
        {
            return await call(client);
        }
        catch (HoopRefusedException refused) when (refused.Answer is { } answer)
        {
            return answer;
        }
        catch (HoopUnreadableException unreadable) when (unreadable.Answer is { } answer)
        {
            return answer;
        }
    }

    private async Task<HoopAnswer> Told(Func<Task<HoopAnswer>> call)
    {
        var notice = $"waiting for {settings.Authority}, up to {Seconds} s; Ctrl-C ends it";
        await using var patient = new Timer(_ => waiting?.Invoke(notice), null, Silence, Timeout.InfiniteTimeSpan);
        try
        {
            var answer = await call();
            return answer.Location is { } elsewhere
                ? throw new CliFailure(
                    $"{answer.Address} redirects to {elsewhere}, and the token does not follow: set api_url (HOOP_APIURL) to the gateway "
                        + "itself")
                : answer;
        }
        catch (HoopUnreachableException silence) when (silence.InnerException is HttpRequestException exception)
        {
            throw new CliFailure(Explain(exception));
        }
        catch (HoopUnreachableException)
        {
            throw new CliFailure(
                $"{settings.Authority} did not answer within {Seconds} s: is the gateway healthy? Wait longer with --timeout SECONDS");
        }
        catch (HoopException failure)
        {
            throw new CliFailure(failure.Message);
        }
    }

    private Answer Of(HoopAnswer answer, string? token) => new(
        answer.Method,
        answer.Address,
        answer.Status,
        answer.Text,
        token is null ? "no token" : TokenFacts.Describe(token, settings.TokenSource, TimeProvider.System.GetUtcNow()),
        answer.NextCursor,
        answer.RetryAfter);

    private string Seconds => patience.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture);

    /// <summary>A name that is to be one segment of a path; the client escapes it.</summary>
    /// <exception cref="CliFailure">It cannot be one.</exception>
    public static string Name(string name) => name switch
    {
        "" => throw new CliFailure("a name is empty"),
        "." or ".." => throw new CliFailure($"\"{name}\" is not a name"),
        _ when name.AsSpan().ContainsAny('/', '\\', '\0') =>
            throw new CliFailure($"\"{name}\": a name with a slash cannot be part of an address"),
        _ => name,
    };

    private string Explain(HttpRequestException exception) => exception switch
    {
        { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } =>
            $"cannot reach {settings.Authority}: is the gateway running?",
        { HttpRequestError: HttpRequestError.NameResolutionError } =>
            $"cannot reach {settings.Authority}: its name is unknown; is api_url (HOOP_APIURL) right?",
        { HttpRequestError: HttpRequestError.SecureConnectionError } or { InnerException: AuthenticationException } =>
            $"no secure connection to {settings.Authority}: {TlsProblem(exception.InnerException?.Message ?? "")}",
        { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } =>
            $"the answer of {settings.Authority} is larger than {HoopHttp.LargestAnswer >> 20} MiB",
        { HttpRequestError: HttpRequestError.InvalidResponse } =>
            $"{settings.Authority} does not speak HTTP: is api_url (HOOP_APIURL) right, and is it https?",
        { HttpRequestError: HttpRequestError.ResponseEnded } =>
            $"{settings.Authority} closed the connection before it had answered: is the gateway healthy, and is it https?",
        _ => $"cannot reach {settings.Authority}: {exception.InnerException?.Message ?? exception.Message}",
    };

    /// <summary>The framework tells what was wrong with a certificate in its message alone.</summary>
    private static string TlsProblem(string message) =>
        message.Contains("RemoteCertificateNameMismatch", StringComparison.Ordinal) ? "its certificate is for another name"
        : message.Contains("UntrustedRoot", StringComparison.Ordinal) || message.Contains("PartialChain", StringComparison.Ordinal)
            ? "its certificate is signed by an authority that is not trusted here. A private authority is trusted by hoop config "
                + "create --tls-ca FILE"
        : message.Contains("NotTimeValid", StringComparison.Ordinal) ? "its certificate has expired, or is not valid yet"
        : message.Contains("RemoteCertificate", StringComparison.Ordinal)
            || message.Contains("certificate", StringComparison.Ordinal) ? $"its certificate is not accepted: {message}"
        : "the other side does not speak TLS; is its address http://... ?";
}

/// <summary>The token of a command, found when the first call needs it.</summary>
internal sealed class CommandTokens(Func<CancellationToken, Task<string>> token) : IHoopTokens
{
    /// <summary>The one that was sent last; null while none was.</summary>
    public string? Last { get; private set; }

    public async ValueTask<string> Token(CancellationToken cancellationToken) => Last = await token(cancellationToken);
}
