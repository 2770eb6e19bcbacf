// Echo, store, find and get with dcmjs-dimse; prints what it saw as one JSON document.
//   node dcmjs_client.js PORT FILE STUDY_UID PATIENT_NAME
const crypto = require('crypto');
const { createRequire } = require('module');
const dcmjsDimse = createRequire(process.env.QIANLI_INTEROP + '/')('dcmjs-dimse');
const { Client } = dcmjsDimse;
const { CEchoRequest, CStoreRequest, CFindRequest, CGetRequest } = dcmjsDimse.requests;
const { CStoreResponse } = dcmjsDimse.responses;
const { Status } = dcmjsDimse.constants;

dcmjsDimse.log.setLevel('silent');
const [port, file, study, name] = process.argv.slice(2);
const seen = { echo: null, store: null, found: [], get: null, objects: [] };

function converse(request, onClient) {
  return new Promise((resolve, reject) => {
    const client = new Client();
    client.on('networkError', reject);
    client.on('associationRejected', (reason) => reject(new Error(JSON.stringify(reason))));
    client.on('closed', resolve);
    if (onClient) onClient(client);
    client.addRequest(request);
    client.send('127.0.0.1', Number(port), 'DCMJS', 'QIANLI');
  });
}

async function main() {
  const echo = new CEchoRequest();
  echo.on('response', (response) => { seen.echo = response.getStatus(); });
  await converse(echo);

  const store = new CStoreRequest(file);
  store.on('response', (response) => { seen.store = response.getStatus(); });
  await converse(store);

  const find = CFindRequest.createStudyFindRequest({ PatientName: name, StudyInstanceUID: '', SpecificCharacterSet: 'ISO_IR 192' });
  find.on('response', (response) => {
    if (response.getStatus() === Status.Pending && response.hasDataset()) {
      seen.found.push([response.getDataset().getElement('PatientName'), response.getDataset().getElement('StudyInstanceUID')]);
    }
  });
  await converse(find);

  const get = CGetRequest.createStudyGetRequest(study);
  get.on('response', (response) => { seen.get = response.getStatus(); });
  await converse(get, (client) => {
    client.on('cStoreRequest', (request, callback) => {
      const pixels = Buffer.from(request.getDataset().getElement('PixelData')[0] || request.getDataset().getElement('PixelData'));
      seen.objects.push([request.getDataset().getElement('SOPInstanceUID'), crypto.createHash('sha256').update(pixels).digest('hex')]);
      const response = CStoreResponse.fromRequest(request);
      response.setStatus(Status.Success);
      callback(response);
    });
  });
  console.log(JSON.stringify(seen));
}

main().catch((error) => { console.error(error); process.exit(1); });
