// A department's Web Service on Node's soap server: pages lie as files in SERVICE_DATA, receipts are written beside them.
// It listens on a free loopback port and prints it. /service answers both ports of the WSDL (1.2 calls in 1.1, as it is).
'use strict';

const fs = require('fs');
const http = require('http');
const path = require('path');
const soap = require('soap');

const data = process.env.SERVICE_DATA;
const wsdl = fs.readFileSync(path.join(__dirname, '..', 'php', 'exchange-document.wsdl'), 'utf8');

function page(number) {
  const fault = path.join(data, 'fault.json');
  if (fs.existsSync(fault)) {
    const { code, text } = JSON.parse(fs.readFileSync(fault, 'utf8'));
    throw { Fault: { faultcode: code, faultstring: text, statusCode: 500 } };
  }
  const file = path.join(data, `page-${number}.txt`);
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}

const operations = {
  QueryBatch: (given) => ({ return: page(given.pageNo || 1) }),
  QueryPage: (given) => {
    const number = Number(given.pageNo || 1);
    const more = fs.existsSync(path.join(data, `page-${number + 1}.txt`));
    const text = page(number);
    return { return: { data: text, hasMore: more, count: text ? 1 : 0, nextCursor: more ? `c${number + 1}` : given.since } };
  },
  QueryBytes: (given) => ({ return: Buffer.from(page(given.pageNo || 1)).toString('base64') }),
  PutReceipt: (given) => {
    fs.appendFileSync(path.join(data, 'receipts.json'), JSON.stringify([given.name, given.receipt]) + '\n');
    return { return: true };
  },
};

const server = http.createServer((request, response) => {
  response.statusCode = 404;
  response.end();
});
const service = { ExchangeService: { Exchange11: operations, Exchange12: operations } };
server.listen(0, '127.0.0.1', () => {
  soap.listen(server, { path: '/service', services: service, xml: wsdl });
  console.log(server.address().port);
});
