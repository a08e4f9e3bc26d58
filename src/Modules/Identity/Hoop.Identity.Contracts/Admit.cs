using Hoop.Shared.Callers;
using MediatR;

namespace Hoop.Identity.Contracts;

/// <summary>
/// Is whoever proved this let in, and with which rights? Every way in asks it after the credential was verified, and again whenever a
/// credential that is still in use is looked at: so a disabled entity is out everywhere.
/// </summary>
public sealed record Admit(Authenticated Authenticated) : IRequest<Verdict<Caller>>, ISignIn;
