using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about people.</summary>
public sealed class PeopleCalls
{
    private readonly HoopConnection _wire;

    internal PeopleCalls(HoopConnection wire) => _wire = wire;

    /// <summary>
    /// The organization's people in the order in which they came; ?email=, ?subject=, ?issuer= and ?status= select. Service accounts
    /// are not among them.
    /// </summary>
    /// <param name="email">Only whoever has this address.</param>
    /// <param name="subject">The subject, percent-encoded; a slash may be written as it is or as %2F.</param>
    /// <param name="issuer">The issuer of the subject's tokens, when several accounts have this subject.</param>
    /// <param name="status">Only those with this status.</param>
    [HoopRoute("GET", "/api/users")]
    public HoopPages<Person> List(
        string? email = null, string? subject = null, string? issuer = null, string? status = null,
        int? pageSize = HoopPath.PageSize) => new((cursor, cancellationToken) =>
        _wire.Get(
            HoopPath.With(
                "/api/users", ("email", email), ("subject", subject), ("issuer", issuer), ("status", status),
                ("page_size", HoopPath.Text(pageSize)), ("cursor", cursor)),
            HoopJson.Default.PersonList,
            cancellationToken));

    /// <summary>
    /// Invites the person with this subject: it may sign in, and has these groups from its first sign-in on. Never by address: who
    /// holds one is the issuer's word, and the subject alone is the person.
    /// </summary>
    [HoopRoute("POST", "/api/users")]
    public Task<HoopAnswer<Person>> Invite(InvitePersonRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/users",
            HoopJson.Content(body, HoopJson.Default.InvitePersonRequest),
            HoopJson.Default.Person,
            cancellationToken);

    /// <summary>By id alone: an address may belong to several people, and GET /api/users?email= shows them.</summary>
    [HoopRoute("GET", "/api/users/{id:uuid}")]
    public Task<HoopAnswer<Person>> Get(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Get($"/api/users/{id}", HoopJson.Default.Person, cancellationToken);

    /// <summary>
    /// Sets what is named and leaves the rest. Setting inactive refuses the very next request with anything that belongs to the person:
    /// access tokens, API tokens, tokens of Vault's kind. They work again once the person is active again. Taking groups away ends the
    /// tokens of Vault's kind that it made.
    /// </summary>
    [HoopRoute("PUT", "/api/users/{id:uuid}")]
    public Task<HoopAnswer<Person>> Update(Guid id, UpdatePersonBody body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Put,
            $"/api/users/{id}",
            HoopJson.Content(body, HoopJson.Default.UpdatePersonBody),
            HoopJson.Default.Person,
            cancellationToken);

    /// <summary>
    /// The person goes with all its API tokens, and with all tokens of Vault's kind that it made; each is on record. Where nobody needs
    /// an invitation it comes back with its next sign-in: to keep somebody out, deactivate.
    /// </summary>
    [HoopRoute("DELETE", "/api/users/{id:uuid}")]
    public Task<HoopAnswer> Delete(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Do(HttpMethod.Delete, $"/api/users/{id}", cancellationToken);
}
