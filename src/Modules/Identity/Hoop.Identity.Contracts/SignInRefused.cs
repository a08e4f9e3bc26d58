using MediatR;

namespace Hoop.Identity.Contracts;

/// <summary>
/// Somebody presented a credential that was not accepted. Counted in memory and written to the operator's audit trail once a minute, so
/// that neither the caller waits for it nor a flood fills the trail.
/// </summary>
/// <param name="Source">The address that the request came from.</param>
/// <param name="Kind">Of the credential, told by its shape: <c>api_token</c>, <c>access_token</c>, <c>jwt_svid</c>, <c>agent_key</c>,
/// <c>subject_token</c>, <c>unknown</c>.</param>
/// <param name="Reason">The stable code of the refusal.</param>
public sealed record SignInRefused(string Source, string Kind, string Reason) : INotification;
