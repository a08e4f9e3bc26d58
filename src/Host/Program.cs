using Hoop.Host.Startup;

ProcessMemory.Close();
return await GatewayProcess.Run(args);
