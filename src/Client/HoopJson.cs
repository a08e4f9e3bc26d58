using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Hoop.Client;

/// <summary>
/// How the gateway writes JSON, made at build time: nothing is looked up by reflection, so programs may be compiled ahead.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(Agent), TypeInfoPropertyName = "Agent")]
[JsonSerializable(typeof(AgentKey), TypeInfoPropertyName = "AgentKey")]
[JsonSerializable(typeof(IReadOnlyList<Agent>), TypeInfoPropertyName = "AgentList")]
[JsonSerializable(typeof(IReadOnlyList<ApiToken>), TypeInfoPropertyName = "ApiTokenList")]
[JsonSerializable(typeof(CompareIssuerSecretsRequest), TypeInfoPropertyName = "CompareIssuerSecretsRequest")]
[JsonSerializable(typeof(CompareIssuerSecretsResponse), TypeInfoPropertyName = "CompareIssuerSecretsResponse")]
[JsonSerializable(typeof(ConnectionBody), TypeInfoPropertyName = "ConnectionBody")]
[JsonSerializable(typeof(ConnectionView), TypeInfoPropertyName = "ConnectionView")]
[JsonSerializable(typeof(IReadOnlyList<ConnectionView>), TypeInfoPropertyName = "ConnectionViewList")]
[JsonSerializable(typeof(CreateAdminTokenResponse), TypeInfoPropertyName = "CreateAdminTokenResponse")]
[JsonSerializable(typeof(CreateAgentRequest), TypeInfoPropertyName = "CreateAgentRequest")]
[JsonSerializable(typeof(CreateApiTokenRequest), TypeInfoPropertyName = "CreateApiTokenRequest")]
[JsonSerializable(typeof(CreateApiTokenResponse), TypeInfoPropertyName = "CreateApiTokenResponse")]
[JsonSerializable(typeof(CreateIssuerRequest), TypeInfoPropertyName = "CreateIssuerRequest")]
[JsonSerializable(typeof(CreateMappingRequest), TypeInfoPropertyName = "CreateMappingRequest")]
[JsonSerializable(typeof(CreateOrganizationRequest), TypeInfoPropertyName = "CreateOrganizationRequest")]
[JsonSerializable(typeof(CreateOrganizationResponse), TypeInfoPropertyName = "CreateOrganizationResponse")]
[JsonSerializable(typeof(CreatePersonalTokenRequest), TypeInfoPropertyName = "CreatePersonalTokenRequest")]
[JsonSerializable(typeof(CreatePersonalTokenResponse), TypeInfoPropertyName = "CreatePersonalTokenResponse")]
[JsonSerializable(typeof(CreateRuleRequest), TypeInfoPropertyName = "CreateRuleRequest")]
[JsonSerializable(typeof(CreateServiceAccountRequest), TypeInfoPropertyName = "CreateServiceAccountRequest")]
[JsonSerializable(typeof(CreateSessionBody), TypeInfoPropertyName = "CreateSessionBody")]
[JsonSerializable(typeof(CreateTrustDomainRequest), TypeInfoPropertyName = "CreateTrustDomainRequest")]
[JsonSerializable(typeof(DeleteAgentDeleted), TypeInfoPropertyName = "DeleteAgentDeleted")]
[JsonSerializable(typeof(DeleteOrganizationDeleted), TypeInfoPropertyName = "DeleteOrganizationDeleted")]
[JsonSerializable(typeof(ErrorBody), TypeInfoPropertyName = "ErrorBody")]
[JsonSerializable(typeof(FeatureFlag), TypeInfoPropertyName = "FeatureFlag")]
[JsonSerializable(typeof(IReadOnlyList<FeatureFlag>), TypeInfoPropertyName = "FeatureFlagList")]
[JsonSerializable(typeof(GetPublicServerInfoResponse), TypeInfoPropertyName = "GetPublicServerInfoResponse")]
[JsonSerializable(typeof(GetServerInfoResponse), TypeInfoPropertyName = "GetServerInfoResponse")]
[JsonSerializable(typeof(GetUserInfoResponse), TypeInfoPropertyName = "GetUserInfoResponse")]
[JsonSerializable(typeof(HealthEndpointsHoopHealth), TypeInfoPropertyName = "HealthEndpointsHoopHealth")]
[JsonSerializable(typeof(HeldName), TypeInfoPropertyName = "HeldName")]
[JsonSerializable(typeof(IReadOnlyList<HeldName>), TypeInfoPropertyName = "HeldNameList")]
[JsonSerializable(typeof(ImportMappingsResponse), TypeInfoPropertyName = "ImportMappingsResponse")]
[JsonSerializable(typeof(InvitePersonRequest), TypeInfoPropertyName = "InvitePersonRequest")]
[JsonSerializable(typeof(IssueTokenResponse), TypeInfoPropertyName = "IssueTokenResponse")]
[JsonSerializable(typeof(IssueSubjectTokenResponse), TypeInfoPropertyName = "IssueSubjectTokenResponse")]
[JsonSerializable(typeof(IssuerView), TypeInfoPropertyName = "IssuerView")]
[JsonSerializable(typeof(IReadOnlyList<IssuerView>), TypeInfoPropertyName = "IssuerViewList")]
[JsonSerializable(typeof(ListAuditEventsResponse), TypeInfoPropertyName = "ListAuditEventsResponse")]
[JsonSerializable(typeof(IReadOnlyList<ListPrincipalsOwnedPrincipal>), TypeInfoPropertyName = "ListPrincipalsOwnedPrincipalList")]
[JsonSerializable(typeof(IReadOnlyDictionary<string, long?>), TypeInfoPropertyName = "Longs")]
[JsonSerializable(typeof(Mapping), TypeInfoPropertyName = "Mapping")]
[JsonSerializable(typeof(IReadOnlyList<Mapping>), TypeInfoPropertyName = "MappingList")]
[JsonSerializable(typeof(Organization), TypeInfoPropertyName = "Organization")]
[JsonSerializable(typeof(IReadOnlyList<Organization>), TypeInfoPropertyName = "OrganizationList")]
[JsonSerializable(typeof(IReadOnlyList<OrganizationQuota>), TypeInfoPropertyName = "OrganizationQuotaList")]
[JsonSerializable(typeof(Person), TypeInfoPropertyName = "Person")]
[JsonSerializable(typeof(IReadOnlyList<Person>), TypeInfoPropertyName = "PersonList")]
[JsonSerializable(typeof(PolicyBody), TypeInfoPropertyName = "PolicyBody")]
[JsonSerializable(typeof(PolicyView), TypeInfoPropertyName = "PolicyView")]
[JsonSerializable(typeof(ResolveMappingRequest), TypeInfoPropertyName = "ResolveMappingRequest")]
[JsonSerializable(typeof(ResolveMappingResponse), TypeInfoPropertyName = "ResolveMappingResponse")]
[JsonSerializable(typeof(RuleView), TypeInfoPropertyName = "RuleView")]
[JsonSerializable(typeof(IReadOnlyList<RuleView>), TypeInfoPropertyName = "RuleViewList")]
[JsonSerializable(typeof(ServiceAccount), TypeInfoPropertyName = "ServiceAccount")]
[JsonSerializable(typeof(IReadOnlyList<ServiceAccount>), TypeInfoPropertyName = "ServiceAccountList")]
[JsonSerializable(typeof(Session), TypeInfoPropertyName = "Session")]
[JsonSerializable(typeof(IReadOnlyList<Session>), TypeInfoPropertyName = "SessionList")]
[JsonSerializable(typeof(SessionOutput), TypeInfoPropertyName = "SessionOutput")]
[JsonSerializable(typeof(SetFeatureFlagBody), TypeInfoPropertyName = "SetFeatureFlagBody")]
[JsonSerializable(typeof(SetTrustDomainNameRequest), TypeInfoPropertyName = "SetTrustDomainNameRequest")]
[JsonSerializable(typeof(SignInBody), TypeInfoPropertyName = "SignInBody")]
[JsonSerializable(typeof(SignInResponse), TypeInfoPropertyName = "SignInResponse")]
[JsonSerializable(typeof(TestFederationRequest), TypeInfoPropertyName = "TestFederationRequest")]
[JsonSerializable(typeof(TestFederationResponse), TypeInfoPropertyName = "TestFederationResponse")]
[JsonSerializable(typeof(TestIssuerRequest), TypeInfoPropertyName = "TestIssuerRequest")]
[JsonSerializable(typeof(TestIssuerResponse), TypeInfoPropertyName = "TestIssuerResponse")]
[JsonSerializable(typeof(TrustDomainView), TypeInfoPropertyName = "TrustDomainView")]
[JsonSerializable(typeof(IReadOnlyList<TrustDomainView>), TypeInfoPropertyName = "TrustDomainViewList")]
[JsonSerializable(typeof(UpdateIssuerRequest), TypeInfoPropertyName = "UpdateIssuerRequest")]
[JsonSerializable(typeof(UpdateMappingRequest), TypeInfoPropertyName = "UpdateMappingRequest")]
[JsonSerializable(typeof(UpdateOrganizationBody), TypeInfoPropertyName = "UpdateOrganizationBody")]
[JsonSerializable(typeof(UpdatePersonBody), TypeInfoPropertyName = "UpdatePersonBody")]
[JsonSerializable(typeof(UpdateRuleRequest), TypeInfoPropertyName = "UpdateRuleRequest")]
[JsonSerializable(typeof(UpdateServiceAccountBody), TypeInfoPropertyName = "UpdateServiceAccountBody")]
[JsonSerializable(typeof(UpdateTrustDomainRequest), TypeInfoPropertyName = "UpdateTrustDomainRequest")]
[JsonSerializable(typeof(VaultErrorBody), TypeInfoPropertyName = "VaultErrorBody")]
public sealed partial class HoopJson : JsonSerializerContext
{
    /// <summary>A body as JSON.</summary>
    internal static HttpContent Content<T>(T body, JsonTypeInfo<T> type) =>
        new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, type))
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") { CharSet = "utf-8" } },
        };
}
