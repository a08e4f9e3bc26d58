using Hoop.Host.Startup;

return await GatewayProcess.Run(args);
