using System.Reflection;
using Hoop.Shared.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Hoop.Shared.Http;

/// <summary>From a use case's result to an HTTP answer that also tells OpenAPI what it is.</summary>
public static class ResultExtensions
{
    /// <summary>200 with the value.</summary>
    public static Answer<T> ToOk<T>(this Result<T> result) => new(result, StatusCodes.Status200OK);

    /// <summary>201 with the value.</summary>
    public static CreatedAnswer<T> ToCreated<T>(this Result<T> result) => new(result);

    /// <summary>204 without a body, whatever the value was.</summary>
    public static EmptyAnswer ToNoContent<T>(this Result<T> result) => new(result.Error);
}

/// <summary>200 with <typeparamref name="T"/>, or an error in the dialect of the surface.</summary>
public class Answer<T>(Result<T> result, int status) : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (!result.Succeeded(out var value, out var error))
        {
            return Surface.Write(httpContext, error);
        }

        httpContext.Response.StatusCode = status;
        return JsonAnswer.Write(httpContext, value);
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        ErrorMetadata.Add(builder, StatusCodes.Status200OK, typeof(T));
}

/// <summary>201 with <typeparamref name="T"/>, or an error.</summary>
public sealed class CreatedAnswer<T>(Result<T> result) : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext) => new Answer<T>(result, StatusCodes.Status201Created).ExecuteAsync(httpContext);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        ErrorMetadata.Add(builder, StatusCodes.Status201Created, typeof(T));
}

/// <summary>204, or an error.</summary>
public sealed class EmptyAnswer(Error? error) : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (error is not null)
        {
            return Surface.Write(httpContext, error);
        }

        httpContext.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        ErrorMetadata.Add(builder, StatusCodes.Status204NoContent, type: null);
}

/// <summary>What the API page is told about answers.</summary>
public static class ErrorMetadata
{
    private static readonly int[] Errors = [400, 401, 403, 404, 409, 422, 503];
    private static readonly int[] VaultErrors = [400, 403, 404, 503];
    private static readonly int[] OAuthErrors = [400, 413, 503];

    /// <summary>The answer of a route, and its errors in the dialect that its group states.</summary>
    /// <param name="builder">The route.</param>
    /// <param name="status">When it worked.</param>
    /// <param name="type">Its body; null for none.</param>
    public static void Add(EndpointBuilder builder, int status, Type? type)
    {
        builder.Metadata.Add(
            type is null
                ? new ProducesResponseTypeMetadata(status, typeof(void))
                : new ProducesResponseTypeMetadata(status, type, ["application/json"]));
        var surface = builder.Metadata.OfType<Surface>().LastOrDefault();
        var (errors, body) = surface == Surface.Vault ? (VaultErrors, typeof(VaultErrorBody))
            : surface == Surface.OAuth ? (OAuthErrors, typeof(OAuthErrorBody))
            : (Errors, typeof(ErrorBody));
        foreach (var error in errors)
        {
            builder.Metadata.Add(new ProducesResponseTypeMetadata(error, body, ["application/json"]));
        }
    }
}
