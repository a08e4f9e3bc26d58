using System.Security.Claims;
using System.Text.Encodings.Web;
using Hoop.Shared;
using Hoop.Shared.Callers;
using Hoop.Shared.Http;
using Hoop.Shared.Results;
using Hoop.Shared.Secrets;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace OrderTracking;

/// <summary>
/// Employees show a badge in the header <c>X-Badge</c>. <c>Employees:{name}:Badge</c> is the badge, <c>Employees:{name}:Dispatcher</c> says
/// who may change things. Whoever is recognised is signed in with a <see cref="CallerIdentity"/>; that is all the modules need.
/// </summary>
internal sealed class BadgeAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    IConfiguration configuration) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Badge";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers["X-Badge"] is not [{ Length: > 0 } badge])
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        var employee = configuration.GetSection("Employees").GetChildren()
            .FirstOrDefault(one => one["Badge"] is { Length: > 0 } known && SecretHash.Matches(SecretHash.Of(known), badge));
        return Task.FromResult(employee is null
            ? AuthenticateResult.Fail("unknown badge")
            : AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new CallerIdentity(CallerOf(employee))),
                SchemeName)));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => Surface.Write(Context, Error.Unauthenticated);

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Surface.Write(Context, Error.Denied("dispatchers only"));

    private static Caller CallerOf(IConfigurationSection employee) => new(
        DefaultOrganization.Id,
        CallerKind.User,
        new Alias("auth/badge/", employee.Key),
        employee.Key,
        Groups: [],
        employee.GetValue<bool>("Dispatcher") ? Role.Admin : Role.Standard);
}
