using Hoop.Client.Wire;

namespace Hoop.Client.Calls;

/// <summary>The calls about rules.</summary>
public sealed class RulesCalls
{
    private readonly HoopConnection _wire;

    internal RulesCalls(HoopConnection wire) => _wire = wire;

    /// <summary>The organization's, by name.</summary>
    [HoopRoute("GET", "/api/serviceaccounts/rules")]
    public HoopPages<RuleView> List(int? pageSize = HoopPath.PageSize) => new((cursor, cancellationToken) =>
        _wire.Get(
            HoopPath.With("/api/serviceaccounts/rules", ("page_size", HoopPath.Text(pageSize)), ("cursor", cursor)),
            HoopJson.Default.RuleViewList,
            cancellationToken));

    /// <summary>
    /// Tokens of an issuer that fulfil all conditions have an account from then on, without one being registered for each subject.
    /// </summary>
    [HoopRoute("POST", "/api/serviceaccounts/rules")]
    public Task<HoopAnswer<RuleView>> Create(CreateRuleRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Post,
            "/api/serviceaccounts/rules",
            HoopJson.Content(body, HoopJson.Default.CreateRuleRequest),
            HoopJson.Default.RuleView,
            cancellationToken);

    /// <summary>GET /api/serviceaccounts/rules/{id}.</summary>
    [HoopRoute("GET", "/api/serviceaccounts/rules/{id:uuid}")]
    public Task<HoopAnswer<RuleView>> Get(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Get($"/api/serviceaccounts/rules/{id}", HoopJson.Default.RuleView, cancellationToken);

    /// <summary>Replaces the whole rule; tokens are judged by the new one from the answer on.</summary>
    [HoopRoute("PUT", "/api/serviceaccounts/rules/{id:uuid}")]
    public Task<HoopAnswer<RuleView>> Update(Guid id, UpdateRuleRequest body, CancellationToken cancellationToken = default) =>
        _wire.Send(
            HttpMethod.Put,
            $"/api/serviceaccounts/rules/{id}",
            HoopJson.Content(body, HoopJson.Default.UpdateRuleRequest),
            HoopJson.Default.RuleView,
            cancellationToken);

    /// <summary>The accounts that follow from it are refused from the answer on.</summary>
    [HoopRoute("DELETE", "/api/serviceaccounts/rules/{id:uuid}")]
    public Task<HoopAnswer> Delete(Guid id, CancellationToken cancellationToken = default) =>
        _wire.Do(HttpMethod.Delete, $"/api/serviceaccounts/rules/{id}", cancellationToken);
}
