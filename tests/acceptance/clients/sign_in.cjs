// Signs in with one of the clients, whose name is the last argument, then imports and exports a file.
'use strict';

const { address, clientId, clientSecret, content, SCOPES, exportAll, tell } = require('./common.cjs');

const SIGN_IN = {
  async 'forge_apis.cjs'() {
    const forge = require('forge-apis');
    forge.ApiClient.instance.switchServerPath(address);
    return (await new forge.AuthClientTwoLeggedV2(clientId, clientSecret, SCOPES).authenticate()).access_token;
  },
  async 'aps_sdk.cjs'() {
    const { ApsConfiguration, SdkManagerBuilder } = require('@aps_sdk/autodesk-sdkmanager');
    const { AuthenticationClient } = require('@aps_sdk/authentication');
    const configuration = new ApsConfiguration({});
    configuration.BaseAddress = address;
    const sdkManager = SdkManagerBuilder.create().addApsConfiguration(configuration).build();
    sdkManager.toggleLogging(false);
    return (await new AuthenticationClient({ sdkManager }).getTwoLeggedToken(clientId, clientSecret, SCOPES)).access_token;
  },
  async 'forge_server_utils.cjs'() {
    const { AuthenticationClient } = require('forge-server-utils');
    return (await new AuthenticationClient(clientId, clientSecret, address).authenticate(SCOPES)).access_token;
  },
};

tell(async () => {
  const token = await SIGN_IN[process.argv[6]]();
  const form = new FormData();
  form.append('file', new Blob([content]), 'part.stl');
  const headers = { Authorization: `Bearer ${token}` };
  const uploaded = await fetch(`${address}/ps/v1/files/upload`, { method: 'POST', body: form, headers });
  const { file_id: file } = (await uploaded.json()).files[0];
  return exportAll(token, file);
});
